/**
 * Compiler, linker, objtool and sparse warnings as sets: normalised so that a moved line is not a new
 * warning, and compared as sets because a count lets a new one hide behind one that was fixed.
 */

export interface Warning {
  /** Source file relative to the tree, or the object a link-time tool complains about. */
  readonly file: string;
  /** The file that was being compiled; differs from `file` for a warning in a header. */
  readonly unit: string;
  readonly line: number | undefined;
  /** Function named by the compiler, '' outside of one. */
  readonly where: string;
  readonly message: string;
  /** What equality means: file, function and message, without line numbers and addresses. */
  readonly key: string;
}

const DIAGNOSTIC = /^(?:\.\.\/)*([^\s:][^:]*?):(\d+):(?:\d+:)? warning: (.*)$/;
const TOOL = /^(?:\.\.\/)*(\S+?): warning: (.*)$/i;
const MODPOST = /^WARNING: (modpost: .*)$/;
const FUNCTION = /^(?:\.\.\/)*[^\s:][^:]*: (?:In (?:member )?function|In inlined function|At) (.*?)[:,]?$/;
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

/** Every warning of a log, in order, without repetitions of the same key. */
export function parseWarnings(log: string): Warning[] {
  const found = new Map<string, Warning>();
  let where = '';
  let unit: string | undefined;
  let chainOpen = false;
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
    const diagnostic = DIAGNOSTIC.exec(line);
    const tool = diagnostic ? null : TOOL.exec(line);
    const modpost = MODPOST.exec(line);
    let entry: Warning | undefined;
    if (diagnostic) {
      const [, file = '', number = '', text = ''] = diagnostic;
      entry = warning(file, unit ?? file, Number(number), where, text);
      unit = undefined;
    } else if (tool) {
      entry = warning(tool[1] ?? '', tool[1] ?? '', undefined, '', tool[2] ?? '');
    } else if (modpost) {
      entry = warning('vmlinux', 'vmlinux', undefined, '', modpost[1] ?? '');
    } else if (/^ {2}[A-Z]/.test(line)) {
      where = '';
      if (!chainOpen) unit = undefined;
    }
    if (entry && !found.has(entry.key)) found.set(entry.key, entry);
  }
  return [...found.values()];
}

/** Warnings of `now` whose key the other set lacks. */
export function newWarnings(now: readonly Warning[], base: readonly Warning[]): Warning[] {
  const known = new Set(base.map((w) => w.key));
  return now.filter((w) => !known.has(w.key));
}

/**
 * The set that holds after an incremental build: files that were compiled again speak for themselves, the
 * others keep what they said last time.
 * @param rebuilt objects or sources that this build compiled, without extension
 */
export function carryOver(before: readonly Warning[], now: readonly Warning[], rebuilt: ReadonlySet<string>): Warning[] {
  const kept = before.filter((w) => !rebuilt.has(withoutExtension(w.unit)));
  return [...new Map([...kept, ...now].map((w) => [w.key, w])).values()];
}

export function withoutExtension(path: string): string {
  return path.replace(/\.[A-Za-z]+$/, '');
}

export function formatWarning(w: Warning): string {
  const at = w.line === undefined ? w.file : `${w.file}:${w.line}`;
  return `${at}: ${w.message}${w.where === '' ? '' : ` (in ${w.where})`}`;
}
