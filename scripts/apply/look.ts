import type { BaseContext } from '../base/context.ts';
import { formatArgv } from '../lib/exec.ts';
import { gitExec } from '../lib/git.ts';
import type { Backup } from './backup.ts';
import type { Facts } from './plan.ts';
import { readState, type ApplyState } from './state.ts';
import { remedyOf, setAside, withForce } from './unreadable.ts';
import { branchCommit, clearLeftovers, inspectWorktree, isOwnCheckout, refuseSparse, type Place } from './worktree.ts';

type Seen = Pick<Facts, 'state' | 'worktree' | 'branch' | 'onlyOurs'>;

export function killedOf(state: ApplyState | undefined): boolean {
  return state?.phase === 'creating' || state?.phase === 'applying';
}

/** Where a person finds what was in the way. */
export function sayKept({ log }: Pick<BaseContext, 'log'>, { base }: Place, { refs, paths }: Backup): void {
  const commands = [
    ...refs.map((ref) => ['git', '-C', base.repo, 'log', '-p', ref]),
    ...paths.map((path) => ['ls', path]),
  ];
  for (const argv of commands) log({ kind: 'note', text: `kept what was there: ${formatArgv(argv)}` });
}

/**
 * What is there, with what a killed run left cleared. A worktree that git cannot look at is given another name, when
 * that may be. @param files where the series has files
 */
export async function lookAt(
  place: Place,
  context: Pick<BaseContext, 'log'>,
  files: readonly string[],
  force: boolean,
  now: Date,
): Promise<Seen> {
  const state = await stateIn(place);
  try {
    if (killedOf(state)) {
      context.log({ kind: 'note', text: 'an earlier apply was interrupted; going on from where it was' });
      await clearLeftovers(place);
    }
    await refuseSparse(place);
    const [worktree, branch] = await Promise.all([inspectWorktree(place, state, files), branchCommit(place)]);
    const onlyOurs =
      state?.phase === 'creating' && worktree !== 'absent' && (await isOwnCheckout(place, branch ?? state.head));
    return { state, worktree, branch, onlyOurs };
  } catch (error: unknown) {
    const remedy = await remedyOf(error, place, force, killedOf(state));
    if (remedy !== 'aside') throw remedy === 'force' ? withForce(error, place) : error;
    sayKept(context, place, await setAside(place, now));
    return { state: undefined, worktree: 'absent', branch: undefined, onlyOurs: false };
  }
}

/** Nothing is known in a repository that was imported again, and has none of the commits. */
async function stateIn({ base, path }: Place): Promise<ApplyState | undefined> {
  const state = readState(path);
  if (state === undefined) return undefined;
  const { failed } = await gitExec(base.repo, ['cat-file', '-e', `${state.head}^{commit}`]);
  return failed ? undefined : state;
}
