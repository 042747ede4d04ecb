/**
 * What compiled programs have of a uapi header: numbers of enumerators, and places of members. Both are judged by
 * what they are, and not by where a line was put: an alias in the middle of an enum moves nothing. Pure.
 */
import type { Finding } from '../records/series.ts';
import { finding } from './list.ts';

/** Counts or ends the others, so that it moves with each new one. */
const TERMINATOR = /(?:^|_)(?:MAX|NR|NUM|CNT|LAST)(?:_|$)/;
/** Room that a later version may use: a name that says so, or a bit field without one. */
const ROOM = /reserved|rsvd|(?:^|[ _])pad|^\w+:\d+$|^, :/;
/** Helpers of BPF are numbered in a macro. */
const NUMBERED = /\bFN\((\w+),\s*(\d+)/g;
const CONTINUED = /\\\n/g;

interface Member {
  readonly key: string;
  readonly kind?: string;
  readonly members?: readonly Member[];
}

export function uapiHeaders(touched: readonly string[]): string[] {
  return touched.filter((path) => /^(?:arch\/\w+\/)?include\/uapi\/.*\.h$/.test(path));
}

/** @param before, after the text of a header; empty where there is none */
export function uapiFindings(header: string, before: string, after: string): Finding[] {
  return [...enumFindings(header, before, after), ...memberFindings(header, before, after)];
}

function withoutComments(text: string): string {
  return text.replace(/\/\*.*?\*\//gs, ' ').replace(/\/\/.*$/gm, '');
}

function declarations(text: string): string {
  return withoutComments(text)
    .replace(CONTINUED, ' ')
    .replace(/^\s*#.*$/gm, '');
}

/** Splits at `mark` outside of brackets. */
function split(text: string, mark: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const letter of text) {
    if ('({['.includes(letter)) depth++;
    if (')}]'.includes(letter)) depth--;
    if (letter === mark && depth === 0) parts.push('');
    else parts[parts.length - 1] += letter;
  }
  return parts.map((part) => part.replace(/\s+/g, ' ').trim()).filter((part) => part !== '');
}

/** By name, which is unique in a header: a number, or an expression and what is added to it. */
function numbersOf(text: string): Map<string, string> {
  const numbers = new Map<string, readonly [base: string, offset: number]>();
  for (const [, body = ''] of declarations(text).matchAll(/\benum\b[^{};]*\{([^{}]*)\}/g)) {
    let [base, offset] = ['', -1];
    const names = split(body, ',').map((entry) => {
      const [name = '', value] = entry.split(/\s*=\s*(.*)/s);
      if (value === undefined) offset++;
      else
        [base, offset] = numbers.get(value) ?? (/^\d+$|^0x[\da-f]+$/i.test(value) ? ['', Number(value)] : [value, 0]);
      numbers.set(name, [base, offset]);
      return name;
    });
    for (let name = names.pop(); name !== undefined && TERMINATOR.test(name); name = names.pop()) numbers.delete(name);
  }
  for (const [, name = '', number] of withoutComments(text).matchAll(NUMBERED))
    numbers.set(`helper ${name}`, ['', Number(number)]);
  return new Map(
    [...numbers].map(([name, [base, offset]]) => [name, base === '' ? `${offset}` : `${base} + ${offset}`]),
  );
}

function enumFindings(header: string, before: string, after: string): Finding[] {
  const now = numbersOf(after);
  const moved = [...numbersOf(before)].filter(([name, number]) => now.get(name) !== number);
  return moved.slice(0, 1).map(([name, number]) => {
    const more = moved.length === 1 ? '' : `, and ${moved.length - 1} more`;
    return finding('uapi', 'UAPI_ENUM', `${header}: ${name} was ${number} and is ${now.get(name) ?? 'gone'}${more}`);
  });
}

function membersOf(body: string): Member[] {
  return split(body, ';').flatMap((statement): Member[] => {
    const plain = statement.replace(/\s*__attribute__\s*\(\(.*?\)\)+/g, '').trim();
    const [, kind = '', tag = '', inner, name = ''] = /^(struct|union) ?(\w*) ?\{(.*)\} ?(.*)$/s.exec(plain) ?? [];
    if (inner === undefined)
      return split(plain, ',')
        .map((part) => part.replace(/\s*:\s*/g, ':'))
        .map((part, index) => ({ key: index === 0 ? part : `, ${part}` }));
    const members = membersOf(inner);
    // an anonymous one is known by what it begins with
    return [{ key: name || tag || `${kind} of ${members[0]?.key ?? 'nothing'}`, kind, members }];
  });
}

/** Structures and unions with a tag, by it. */
function tagged(text: string): Map<string, Member> {
  const plain = declarations(text);
  const found = new Map<string, Member>();
  for (const { 1: kind = '', 2: tag = '', index } of plain.matchAll(/\b(struct|union)\s+(\w+)\s*\{/g)) {
    const [block = ''] = split(plain.slice(index), ';');
    const [member] = membersOf(block);
    if (member?.members !== undefined) found.set(`${kind} ${tag}`, { ...member, kind });
  }
  return found;
}

/** New members may stand where there was room, and behind all others. */
function displaced(place: string, before: Member, after: Member): string[] {
  const now = after.members ?? [];
  let [next, room] = [0, before.kind === 'union'];
  return (before.members ?? []).flatMap((member) => {
    if (ROOM.test(member.key)) {
      room = true;
      return [];
    }
    const from = before.kind === 'union' ? 0 : next;
    const at = now.findIndex(({ key }, index) => index >= from && key === member.key);
    const same = now[at];
    if (same === undefined || (at !== next && !room))
      return [`${place}: ${member.key.replace(/^, /, '')} is not where it was`];
    [next, room] = [at + 1, before.kind === 'union'];
    return displaced(`${place}: ${member.key}`, member, same);
  });
}

function memberFindings(header: string, before: string, after: string): Finding[] {
  const now = tagged(after);
  return [...tagged(before)].flatMap(([name, old]) => {
    const next = now.get(name);
    const [first] = next === undefined ? [`${name} is gone`] : displaced(name, old, next);
    return first === undefined ? [] : [finding('uapi', 'UAPI_MEMBER', `${header}: ${first}`)];
  });
}
