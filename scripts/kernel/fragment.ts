/** Parses a file of kconfig/: groups of requested symbols, each group under a comment that says why. */

/** One requested symbol. `value` is what stands behind `=`; `n` means "is not set". */
export interface Request {
  readonly symbol: string;
  readonly value: string;
  readonly file: string;
  readonly line: number;
  readonly reason: string;
  /** The only architecture that has the symbol (`# arch: NAME` in the group's comment); undefined for all. */
  readonly arch: string | undefined;
}

interface FragmentProblem {
  readonly file: string;
  readonly line: number;
  readonly code: 'syntax' | 'no-reason' | 'duplicate' | 'bad-value' | 'empty';
  readonly message: string;
}

export interface Fragment {
  readonly file: string;
  /** Name of the fragment this one is layered on (`# on: NAME`). */
  readonly on: string | undefined;
  /** Only layered when the tree defines this symbol (`# when: SYMBOL`): on top, or directly on the one of `on:`. */
  readonly when: string | undefined;
  /** Made for this command alone (`# for: COMMAND`): it is no configuration that everything is tested with. */
  readonly command: string | undefined;
  readonly requests: readonly Request[];
  readonly problems: readonly FragmentProblem[];
}

const ASSIGNMENT = /^CONFIG_([A-Za-z0-9_]+)=(.*)$/;
const NOT_SET = /^# CONFIG_([A-Za-z0-9_]+) is not set$/;
const GROUP_ARCH = /^# arch: (\S+)$/;
const DIRECTIVE = /^# (on|when|for): (\S+)$/;
const VALUE = /^(?:[ymn]|-?\d+|0x[0-9a-fA-F]+|"(?:[^"\\]|\\.)*")$/;

/** Never throws: whatever is wrong is in `problems`, with its line. */
export function parseFragment(file: string, text: string): Fragment {
  const requests: Request[] = [];
  const problems: FragmentProblem[] = [];
  const seen = new Map<string, number>();
  const directives: Record<string, string> = {};
  let comment: string[] = [];
  let arch: string | undefined;
  let inGroup = false;

  const problem = (line: number, code: FragmentProblem['code'], message: string): void => {
    problems.push({ file, line, code, message });
  };
  const request = (symbol: string, value: string, line: number): void => {
    inGroup = true;
    const reason = comment.join(' ');
    if (reason === '') problem(line, 'no-reason', `CONFIG_${symbol} stands in a group without a reason`);
    if (!VALUE.test(value)) problem(line, 'bad-value', `${value || 'nothing'} is no value for CONFIG_${symbol}`);
    const before = seen.get(symbol);
    if (before !== undefined) problem(line, 'duplicate', `CONFIG_${symbol} was already requested in line ${before}`);
    seen.set(symbol, line);
    requests.push({ symbol, value, file, line, reason, arch });
  };

  text.split('\n').forEach((raw, index) => {
    const line = index + 1;
    const content = raw.trimEnd();
    const assigned = ASSIGNMENT.exec(content);
    const unset = NOT_SET.exec(content);
    const directive = DIRECTIVE.exec(content);
    const marked = GROUP_ARCH.exec(content);
    if (content === '') {
      comment = [];
      arch = undefined;
      inGroup = false;
    } else if (assigned) {
      request(assigned[1] ?? '', assigned[2] ?? '', line);
    } else if (unset) {
      request(unset[1] ?? '', 'n', line);
    } else if (directive) {
      directives[directive[1] ?? ''] = directive[2] ?? '';
    } else if (marked) {
      if (inGroup) comment = [];
      inGroup = false;
      arch = marked[1];
    } else if (content.startsWith('#')) {
      if (inGroup) [comment, arch] = [[], undefined];
      inGroup = false;
      comment.push(content.replace(/^#\s*/, ''));
    } else {
      problem(line, 'syntax', `neither a comment nor CONFIG_NAME=value: ${content.slice(0, 60)}`);
    }
  });
  if (requests.length === 0) problem(1, 'empty', 'requests no symbol');
  const { on, when, for: command } = directives;
  return { file, on, when, command, requests, problems };
}

/**
 * What holds after all layers: for each symbol the last request, in the order of first mention. On an architecture that
 * does not have a symbol, that it is not set: a mark that is wrong there is found like a wrong value.
 */
export function effectiveRequests(fragments: readonly Fragment[], architecture: string): Request[] {
  const bySymbol = new Map<string, Request>();
  for (const fragment of fragments) {
    for (const request of fragment.requests) {
      const absent = request.arch !== undefined && request.arch !== architecture;
      bySymbol.set(request.symbol, absent ? { ...request, value: 'n' } : request);
    }
  }
  return [...bySymbol.values()];
}
