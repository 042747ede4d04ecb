/** Finds what really broke a build: the first error, not the last line of make. */
import type { Position } from '../lib/errors.ts';

interface BuildFailure {
  readonly message: string;
  readonly position: Position | undefined;
  /** The tool's own lines: the error with its source line and caret. */
  readonly excerpt: readonly string[];
}

const COMPILER = /^(?:\.\.\/)*([^\s:][^:]*?):(\d+):(?:(\d+):)? (?:fatal )?error: (.*)$/;
/** In the order of how much they tell; each is searched over the whole log before the next. */
const OTHERS: readonly RegExp[] = [
  /undefined reference to .*/,
  /multiple definition of .*/,
  /^ERROR: modpost: .*/,
  /^FAILED: .*/,
  /^(?:ld|objcopy|pahole|gcc|clang|ar|bc|zstd)\S*: .*/,
  /(?:^|: )(?:fatal )?error: .*/i,
  /No rule to make target .*/,
  /command not found|: not found$/,
  /No space left on device/,
  /Killed/,
  /^make.*\*\*\* .*/,
];
const EXCERPT_LINES = 6;

function excerpt(lines: readonly string[], at: number): string[] {
  const own = [lines[at] ?? ''];
  for (const line of lines.slice(at + 1, at + EXCERPT_LINES)) {
    if (!/^\s*\d*\s*\|/.test(line) && !/: note: /.test(line)) break;
    own.push(line);
  }
  return own;
}

/** @param log whole output of the build; an empty one is a failure too */
export function findFailure(log: string): BuildFailure {
  const lines = log.split('\n');
  for (const [index, line] of lines.entries()) {
    const match = COMPILER.exec(line);
    if (!match) continue;
    const [, file = '', number = '', column, message = ''] = match;
    const position = { file, line: Number(number), ...(column === undefined ? {} : { col: Number(column) }) };
    return { message, position, excerpt: excerpt(lines, index) };
  }
  for (const pattern of OTHERS) {
    const index = lines.findIndex((line) => pattern.test(line));
    const line = lines[index];
    if (line !== undefined) return { message: line.trim(), position: undefined, excerpt: excerpt(lines, index) };
  }
  const last = lines.filter((line) => line.trim() !== '').slice(-EXCERPT_LINES);
  return { message: last.at(-1)?.trim() ?? 'the build failed and said nothing', position: undefined, excerpt: last };
}
