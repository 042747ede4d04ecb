/** What a guest did, as what fails a test. `when` goes in front of what is said of it. */
import type { Death } from './death.ts';
import type { Problem } from './session-protocol.ts';
import type { ExpectedSplatPattern, Splat } from './splat.ts';

const LEAK_LINES = 80;
/** QEMU's own, when the processors that it has of KVM go wrong under a guest. */
const KVM_WORDS = new RegExp(
  `^(?:qemu-system-\\S+: )?(?:${[
    'KVM internal error',
    'KVM: entry failed',
    'error: (?:kvm run failed|failed to set MSR)',
    '.*kvm\\.c:\\d+: .*Assertion',
  ].join('|')})`,
);

export const isOfKvm = (death: Death): boolean => death.excerpt.some((line) => KVM_WORDS.test(line));

export function splatProblem({ title, excerpt }: Splat, when = ''): Problem {
  return { kind: 'splat', message: `${when}the kernel complained: ${title}`, excerpt };
}

export function missingProblem({ pattern, reason }: ExpectedSplatPattern): Problem {
  return {
    kind: 'missing-splat',
    message: `the declared splat ${String(pattern)} did not come (${reason})`,
    excerpt: [],
  };
}

export function leakProblem(report: string): Problem {
  return { kind: 'splat', message: 'kmemleak reports leaks', excerpt: report.split('\n').slice(0, LEAK_LINES) };
}

export function deathProblem({ reason, excerpt }: Death, when = ''): Problem {
  return { kind: 'death', message: `${when}${reason}`, excerpt };
}
