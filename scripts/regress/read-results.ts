/** What the runners of the kernel's tests print, as results by name. Pure. */
import type { KernelTest } from '../records/regress.ts';

type Read = Omit<KernelTest, 'suite'>;

const PROGS_LINE = /^#(\d+(?:\/\d+)?)\s+(\S.*?):(OK|FAIL|SKIP)(?: \((?:SKIP: \d+\/\d+|(not built))\))?$/;
const PROGS_STATUS = { OK: 'passed', FAIL: 'failed', SKIP: 'skipped' } as const;
/** Lines above a result that may say why; more of them is a verifier log. */
const WHY_LINES = 12;
/** What a check of test_progs that failed prints. */
const CHECK_FAILED = /:FAIL:|^(?:Error|libbpf: (?:prog|failed))/;

/**
 * test_progs: a line for each test and subtest. Logs of those that failed stand above their line, and all of them once
 * more at the end, with the result again.
 */
export function readTestProgs(text: string): Read[] {
  const found = new Map<string, Read>();
  let above: string[] = [];
  for (const line of text.split('\n')) {
    const [, number = '', name = '', word = '', note = ''] = PROGS_LINE.exec(line) ?? [];
    if (number === '') {
      above.push(line);
      continue;
    }
    const status = PROGS_STATUS[word as keyof typeof PROGS_STATUS];
    if (!found.has(number)) found.set(number, { name, status, why: status === 'failed' ? whyOf(above) : note });
    above = [];
  }
  return distinct([...found.values()]);
}

/** The check that failed, or else the last words. */
function whyOf(above: readonly string[]): string {
  const failed = above.filter((line) => CHECK_FAILED.test(line));
  const said = failed.length > 0 ? failed : above.filter((line) => line.trim() !== '').slice(-WHY_LINES);
  return said.slice(0, WHY_LINES).join('\n');
}

const VERIFIER_LINE = /^#\d+\/([up]) (.*)$/;
/** Behind the name; also in the middle of a line, or at the end of a later one. */
const VERIFIER_VERDICT = / ?(?:\d+ cases )?\b(OK|SKIP|FAIL)\b(.*)/;
/** What stands between name and verdict. */
const VERIFIER_NOTES = /\s*(?:\(run \d+\/\d+\)|Did not run the program.*|, verifier log:|libbpf: .*)\s*$/;

/**
 * test_verifier: `#12/p its name OK`, for a test with privileges (p) and without (u). The name is printed before the
 * test runs: one without a verdict at the end of the text is the one in progress.
 */
export function readTestVerifier(text: string): { readonly tests: Read[]; readonly running: string | undefined } {
  const [body = '', summary] = text.split(/^Summary: /m);
  const blocks: string[][] = [];
  for (const line of body.split('\n')) {
    if (VERIFIER_LINE.test(line)) blocks.push([line]);
    else blocks.at(-1)?.push(line);
  }
  const last = blocks.at(-1);
  const isOpen = summary === undefined && last !== undefined && !VERIFIER_VERDICT.test(last.join('\n'));
  const tests = (isOpen ? blocks.slice(0, -1) : blocks).map(verdictOf);
  return { tests: distinct(tests), running: isOpen ? verdictOf(last).name : undefined };
}

function verdictOf(lines: readonly string[]): Read {
  const [, kind, first = ''] = VERIFIER_LINE.exec(lines[0] ?? '') ?? [];
  const [found = '', word = 'FAIL', rest = ''] = VERIFIER_VERDICT.exec([first, ...lines.slice(1)].join('\n')) ?? [];
  const plain = (first.endsWith(found) ? first.slice(0, first.length - found.length) : first).replace(
    VERIFIER_NOTES,
    '',
  );
  const name = `${plain.trim()}${kind === 'u' ? ' (unprivileged)' : ''}`;
  if (word === 'OK') return { name, status: 'passed', why: '' };
  if (word === 'SKIP') return { name, status: 'skipped', why: rest.trim() || 'no reason given' };
  return { name, status: 'failed', why: lines.slice(0, WHY_LINES).join('\n') };
}

/** Two tests of one name are two: the second is `NAME (2)`, on both kernels. */
function distinct(tests: readonly Read[]): Read[] {
  const seen = new Map<string, number>();
  return tests.map((test) => {
    const count = (seen.get(test.name) ?? 0) + 1;
    seen.set(test.name, count);
    return count === 1 ? test : { ...test, name: `${test.name} (${count})` };
  });
}
