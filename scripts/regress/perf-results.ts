/** The tests of perf events speak TAP, as kselftest's harness writes it. Pure. */
import { readTap } from '../run/tap-result.ts';
import type { KernelTest } from '../records/regress.ts';
import type { JobEnd } from './jobs.ts';

/** The harness says where a skip has its reason: `ok 1 # SKIP why` has no name, which is the number then. */
export function fromTap(end: JobEnd, why: string): Omit<KernelTest, 'suite'>[] {
  const timedOut = end.why !== '';
  const read = readTap(end.text, { exitCode: end.exitCode, signal: null, timedOut });
  return read.map(({ name, status, reason, failures }) => ({
    name,
    status,
    why:
      status === 'failed' ? [...(timedOut ? [why] : []), ...failures.map(({ message }) => message)].join('\n') : reason,
  }));
}
