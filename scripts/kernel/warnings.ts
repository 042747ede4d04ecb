/**
 * Compiler, linker, objtool and sparse warnings as sets: normalised so that a moved line is not a new
 * warning, and compared as sets because a count lets a new one hide behind one that was fixed.
 */
import { parseStep } from './progress.ts';
import type { Warning } from '../records/build.ts';

/**
 * The forms of a warning about what is built. A place in a file, as compilers, sparse, the assembler (`Warning:`) and
 * kconfig (no blank before it) have it; an object, as objtool has it; the name of a tool that looks at objects; and
 * four that begin with the word.
 */
const DIAGNOSTIC = /^(?:\.\.\/)*([^\s:][^:]*?):(\d+):(?:\d+:)? ?warning: (.*)$/i;
const TOOL = /^(?:\.\.\/)*(\S+?): (?:(\S+): )?warning: +(.*)$/i;
const WORD_FIRST = /^(?:WARNING: (?=modpost: |unmet direct dependencies )|WARN: (?=multiple IDs ))(.*)$/;
const FUNCTION = /^(?:\.\.\/)*[^\s:][^:]*: (?:In (?:member )?function|In inlined function|At) (.*?)[:,]?$/;
/** objtool names what it looks at. */
const OBJECT = /\.(?:k?o|a)$|(?:^|\/)vmlinux$/;
/**
 * Tools that name themselves, with a prefix or a version. make, perl, ccache and shells do so too, and what they say
 * is not about the source.
 */
const NAMED = new RegExp(
  `(?:^|[/-])(?:ld(?:\\.(?:bfd|gold|lld))?|${[
    ...['as', 'gcc', 'cc1', 'collect2', 'clang', 'objcopy', 'objdump', 'strip', 'nm', 'ar'],
    ...['sparse', 'pahole', 'objtool', 'modpost', 'insn_decoder_test'],
  ].join('|')})(?:-\\d+)?$`,
);
/**
 * What calls itself a warning, or comes from the compiler cache, and has none of these forms. Symbols that
 * resolve_btfids does not find are of the configuration (6.12 itself has one on debug), and the base could only be
 * asked by linking a kernel of its own.
 */
const REMARK = /warning: |^ccache: |^WARN: resolve_btfids: /i;
const SOURCE = /\.[chS]$/;
/**
 * What can have a place in a file and be a warning of what is built: sources, what the preprocessor and the assembler
 * call their input, and the files of kconfig. Makefiles and scripts have a line number in what make, a shell or an
 * interpreter says of them.
 */
const BUILT = /\.(?:[chSsily]|rs|cc|cpp|inc|def|lds|dtsi?|config)$|^[<{].*[>}]$|(?:^|\/)(?:Kconfig[^/]*|\.config)$/;
/** Steps of kbuild that compile one source; all others link, or work on what was linked. */
const COMPILES = new Set(['CC', 'AS', 'CPP', 'HOSTCC', 'CHECK', 'DESCEND']);
const INCLUDED = /^(?:In file included| {16,})\s*from (?:\.\.\/)*([^\s:]+)(?::\d+)*([,:])$/;

/** Directory prefixes and typographic quotes depend on where and how the tools were run. */
export function normaliseMessage(message: string): string {
  return message
    .replace(/[‘’]/g, "'")
    .replace(/[“”]/g, '"')
    .replace(/0x[0-9a-f]+/gi, '0x')
    .replace(/(^|[\s'"(])(?:\.\.\/)+/g, '$1')
    .replace(/([\w./-]+\.[chS]):\d+(?::\d+)?/g, '$1')
    .replace(/\s+/g, ' ')
    .trim();
}

function warning(file: string, unit: string, line: number | undefined, where: string, text: string): Warning {
  const message = normaliseMessage(text);
  return { file, unit, line, where, message, key: `${file} | ${where} | ${message}` };
}

/**
 * What a log says: warnings of what was built, and what is said of the machine (a clock, a locale, a cache), each
 * once.
 */
export interface Heard {
  readonly warnings: Warning[];
  readonly remarks: string[];
}

/** Every warning of a log, in order, without repetitions of the same key. */
export function parseWarnings(log: string): Warning[] {
  return readLog(log).warnings;
}

export function readLog(log: string): Heard {
  const found = new Map<string, Warning>();
  const remarks = new Map<string, string>();
  let where = '';
  let unit: string | undefined;
  let chainOpen = false;
  let linking: string | undefined;
  for (const raw of log.split('\n')) {
    const line = raw.trimEnd();
    const included = INCLUDED.exec(line);
    if (included) {
      unit = included[1];
      chainOpen = included[2] === ',';
      continue;
    }
    const inFunction = FUNCTION.exec(line);
    if (inFunction && !line.includes('warning:')) {
      where = normaliseMessage(inFunction[1] ?? '').replace(/^'|'$/g, '');
      if (where === 'top level') where = '';
      continue;
    }
    const placed = DIAGNOSTIC.exec(line);
    const diagnostic = BUILT.test(placed?.[1] ?? '') ? placed : null;
    const [, name = '', object, said = ''] = (placed ? null : TOOL.exec(line)) ?? [];
    const wordFirst = WORD_FIRST.exec(line);
    let entry: Warning | undefined;
    if (diagnostic) {
      const [, file = '', number = '', text = ''] = diagnostic;
      entry = warning(file, unit ?? (SOURCE.test(file) ? file : (linking ?? file)), Number(number), where, text);
      unit = undefined;
    } else if (OBJECT.test(name)) {
      entry = warning(name, name, undefined, '', said);
    } else if (NAMED.test(name)) {
      entry = warning(name, linking ?? name, undefined, '', object === undefined ? said : `${object}: ${said}`);
    } else if (wordFirst) {
      entry = warning('vmlinux', linking ?? 'vmlinux', undefined, '', wordFirst[1] ?? '');
    } else if (REMARK.test(line)) {
      const kind = line.replace(/[`'][^']*'|\d+/g, '');
      if (!remarks.has(kind)) remarks.set(kind, line);
    } else if (/^ {2}[A-Z]/.test(line)) {
      const step = parseStep(line);
      if (step !== undefined && !COMPILES.has(step.action)) linking = step.target;
      where = '';
      if (!chainOpen) unit = undefined;
    }
    if (entry && !found.has(entry.key)) found.set(entry.key, entry);
  }
  return { warnings: [...found.values()], remarks: [...remarks.values()] };
}

/** Warnings of `now` whose key the other set lacks. */
export function newWarnings(now: readonly Warning[], base: readonly Warning[]): Warning[] {
  const known = new Set(base.map((w) => w.key));
  return now.filter((w) => !known.has(w.key));
}

/**
 * The set that holds after an incremental build: what was made again speaks for itself, the rest keeps what it said
 * last time.
 * @param made targets of this build's steps, such as `kernel/fork.o` or `vmlinux`
 */
export function carryOver(before: readonly Warning[], now: readonly Warning[], made: ReadonlySet<string>): Warning[] {
  const kept = before.filter((w) => !made.has(w.unit.replace(/\.[cS]$/, '.o')));
  return [...new Map([...kept, ...now].map((w) => [w.key, w])).values()];
}

export function formatWarning(w: Warning): string {
  const at = w.line === undefined ? w.file : `${w.file}:${w.line}`;
  return `${at}: ${w.message}${w.where === '' ? '' : ` (in ${w.where})`}`;
}
