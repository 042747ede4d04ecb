/** The tests of perf events speak TAP, as kselftest's harness writes it. Pure. */
import { readTap } from '../run/tap-result.ts';
import type { KernelTest } from '../records/regress.ts';
import type { JobEnd } from './jobs.ts';

/** The harness says where a skip has its reason: `ok 1 # SKIP why` has no name, which is the number then. */
export function fromTap(end: JobEnd, why: string): Omit<KernelTest, 'suite'>[] {
  const timedOut = end.why !== '';
  const read = readTap(end.text, { exitCode: end.exitCode, signal: null, timedOut });
  return read.map(({ name, status, reason, failures }) => {
    const said = [...(timedOut ? [why] : []), ...checksOf(end.text, name), ...failures.map(({ message }) => message)];
    return { name, status, why: status === 'failed' ? said.join('\n') : reason };
  });
}

/** What a test said between its begin and its result: comments, of which TAP knows nothing. */
function checksOf(text: string, name: string): string[] {
  const [, behind = ''] = text.split(`#  RUN           ${name} ...\n`);
  const [said = ''] = behind.split(/^(?:not )?ok /m);
  return said.split('\n').flatMap((line) => /^# (\S.*)$/.exec(line)?.[1] ?? []);
}
