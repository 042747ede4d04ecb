import t from 'tap';
import { planApply, type Facts, type Plan, type WorktreeFacts } from './plan.ts';
import type { ApplyState } from './state.ts';

const APPLIED: ApplyState['applied'] = ['1', '2'].map((n) => ({
  file: `000${n}-x.patch`,
  subject: n,
  digest: `d${n}`,
  commit: `c${n}`,
  fit: 'exact',
}));
const DONE: ApplyState = { phase: 'done', base: 'b', head: 'c2', applied: APPLIED, pending: [] };
const CLEAN: WorktreeFacts = {
  head: 'c2',
  attached: true,
  amInProgress: false,
  dirty: [],
  inTheWay: [],
  fingerprint: undefined,
};
const FACTS: Facts = {
  state: DONE,
  base: 'b',
  digests: ['d1', 'd2'],
  branch: 'c2',
  worktree: CLEAN,
  onlyOurs: false,
  personal: true,
  force: false,
};

/** One line for a plan, such as "replace backup discard keep 2". */
function say(plan: Plan): string {
  if (plan.kind === 'nothing') return 'nothing';
  if (plan.kind === 'refuse') return `${plan.code} ${plan.next}`;
  return [
    plan.create,
    ...(plan.backup ? ['backup'] : []),
    ...(plan.discard ? ['discard'] : []),
    `keep ${plan.keep}`,
    `from ${plan.resetTo}`,
  ].join(' ');
}

const killed = (phase: 'creating' | 'applying'): ApplyState => ({ ...DONE, phase });
const conflict: ApplyState = { ...DONE, phase: 'conflict', fingerprint: 'same' };

const rows: readonly [name: string, facts: Partial<Facts>, expected: string, forced: string][] = [
  ['as the last run left it', {}, 'nothing', 'nothing'],
  [
    'from nothing',
    { state: undefined, branch: undefined, worktree: 'absent' },
    'absent keep 0 from b',
    'absent keep 0 from b',
  ],
  ['a patch changed', { digests: ['d1', 'x'] }, 'no keep 1 from c1', 'no keep 1 from c1'],
  ['another base', { base: 'n' }, 'no keep 0 from n', 'no keep 0 from n'],
  ['HEAD is not our branch', { worktree: { ...CLEAN, attached: false } }, 'no keep 2 from c2', 'no keep 2 from c2'],
  [
    'uncommitted changes',
    { worktree: { ...CLEAN, dirty: ['f'] } },
    'E_WORKTREE_EDITED refresh',
    'no backup discard keep 2 from c2',
  ],
  ['commits', { worktree: { ...CLEAN, head: 'x' } }, 'E_WORKTREE_EDITED refresh', 'no backup discard keep 2 from c2'],
  [
    'commits, and nothing is known',
    { state: undefined, worktree: { ...CLEAN, head: 'x' } },
    'E_WORKTREE_EDITED refresh',
    'no backup discard keep 0 from b',
  ],
  [
    'a branch without a commit',
    { worktree: { ...CLEAN, head: undefined } },
    'E_WORKTREE_EDITED force',
    'no backup discard keep 2 from c2',
  ],
  [
    'untracked where the series has files',
    { worktree: { ...CLEAN, inTheWay: ['f'] } },
    'E_WORKTREE_EDITED force',
    'no backup discard keep 2 from c2',
  ],
  [
    'an am in progress',
    { worktree: { ...CLEAN, amInProgress: true } },
    'E_AM_IN_PROGRESS finish',
    'no backup discard keep 2 from c2',
  ],
  [
    'an untouched conflict',
    { state: conflict, worktree: { ...CLEAN, amInProgress: true, fingerprint: 'same' } },
    'no discard keep 2 from c2',
    'no discard keep 2 from c2',
  ],
  [
    'a conflict that is being worked on',
    { state: conflict, worktree: { ...CLEAN, amInProgress: true, fingerprint: 'x' } },
    'E_AM_IN_PROGRESS finish',
    'no backup discard keep 2 from c2',
  ],
  [
    'a directory that git cannot read',
    { worktree: 'stray' },
    'E_WORKTREE_EDITED force',
    'aside backup discard keep 2 from c2',
  ],
  [
    'the same, and nothing is known',
    { state: undefined, worktree: 'stray' },
    'E_WORKTREE_EDITED force',
    'aside backup discard keep 0 from b',
  ],
  [
    'the same, after an apply that was killed',
    { state: killed('applying'), worktree: 'stray' },
    'E_WORKTREE_EDITED force',
    'aside backup discard keep 2 from c2',
  ],
  ['the worktree was deleted', { worktree: 'absent' }, 'absent keep 2 from c2', 'absent keep 2 from c2'],
  [
    "a branch of our name in a person's repository",
    { state: undefined, worktree: 'absent', branch: 'x' },
    'E_WORKTREE_EDITED force',
    'absent backup discard keep 0 from b',
  ],
  [
    'a branch of our name in the cache',
    { state: undefined, worktree: 'absent', branch: 'x', personal: false },
    'absent backup discard keep 0 from b',
    'absent backup discard keep 0 from b',
  ],
  [
    'killed at the patches',
    { state: killed('applying'), worktree: { ...CLEAN, dirty: ['f'] } },
    'no backup discard keep 2 from c2',
    'no backup discard keep 2 from c2',
  ],
  [
    'killed at the patches, then deleted',
    { state: killed('applying'), worktree: 'absent', branch: 'x' },
    'absent backup discard keep 2 from c2',
    'absent backup discard keep 2 from c2',
  ],
  [
    'killed at the checkout',
    { state: killed('creating'), onlyOurs: true },
    'replace backup discard keep 2 from c2',
    'replace backup discard keep 2 from c2',
  ],
  [
    'killed at the checkout, unregistered',
    { state: killed('creating'), worktree: 'stray', onlyOurs: true },
    'replace backup discard keep 2 from c2',
    'replace backup discard keep 2 from c2',
  ],
  [
    'killed at the checkout, then edited',
    { state: killed('creating'), worktree: 'stray' },
    'aside backup discard keep 2 from c2',
    'aside backup discard keep 2 from c2',
  ],
];
for (const [name, facts, expected, forced] of rows) {
  t.test(`apply: ${name}`, async (t) => {
    t.equal(say(planApply({ ...FACTS, ...facts })), expected);
    t.equal(say(planApply({ ...FACTS, ...facts, force: true })), forced, 'with --force');
  });
}
