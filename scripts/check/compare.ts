/** What compilers and analysers say of a patch and did not say of its parent. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { which } from '../host/tools.ts';
import { checkoutScratch } from '../kernel/scratch.ts';
import { formatWarning, newWarnings } from '../kernel/warnings.ts';
import { gitText } from '../lib/git.ts';
import type { StageContext } from '../lib/stage.ts';
import type { Finding } from '../records/series.ts';
import { ANALYSERS } from './analysers.ts';
import { compileWithWarnings, type CompileOutcome, type Installed } from './compile.ts';
import { kbuildDescends } from './descends.ts';
import { finding, type CheckName } from './list.ts';
import type { Step } from './tree-of.ts';
import { unitsOf } from './units.ts';

export interface Compared {
  readonly findings: readonly Finding[];
  readonly newWarnings: number;
  readonly objects: readonly string[];
  /** Why an analyser said nothing. */
  readonly notRun: ReadonlyMap<CheckName, string>;
}

/** Those of this machine, and those that it does not have. */
export function analysersHere(find: (program: string) => unknown = which): {
  readonly here: readonly Installed[];
  readonly missing: readonly CheckName[];
} {
  const all = ANALYSERS.map((one) => ({ ...one, program: one.probe.find((name) => find(name) !== undefined) ?? '' }));
  return {
    here: all.filter(({ program }) => program !== ''),
    missing: all.filter(({ program }) => program === '').map(({ check }) => check),
  };
}

/** @param why that all of them are left out, such as `left out` */
export function nothingCompared(why: string): Compared {
  const notRun = new Map(ANALYSERS.map(({ check }) => [check, why] as const));
  return { findings: [], newWarnings: 0, objects: [], notRun };
}

interface Asked extends Step {
  /** What the whole series touches. */
  readonly allTouched: readonly string[];
  /** A final `.config` to compile with. */
  readonly dotconfig: string;
  readonly name: string;
}

export async function compareWarnings(ctx: StageContext, asked: Asked): Promise<Compared> {
  const { repository, parent, commit, touched, allTouched, dotconfig, name } = asked;
  const { here, missing } = analysersHere();
  const at = async (id: string, label: string): Promise<{ objects: string[]; outcomes: CompileOutcome[] }> => {
    const worktree = await checkoutScratch(ctx, repository, id);
    const buildable = (path: string): boolean =>
      existsSync(join(worktree, path)) && kbuildDescends(worktree, dirname(path));
    const objects = unitsOf(touched, allTouched, buildable);
    const tree = (await gitText(repository, ['rev-parse', `${id}^{tree}`])).trim();
    const outcomes: CompileOutcome[] = [];
    for (const analyser of here)
      outcomes.push(await compileWithWarnings(ctx, analyser, worktree, tree, dotconfig, objects, `${name}.${label}`));
    return { objects, outcomes };
  };
  // before first, so that the checkout that stays is the patch's own
  const before = await at(parent, 'before');
  const after = await at(commit, 'after');
  const found = here.flatMap(({ check }, index) => {
    const { warnings = [], failure } = after.outcomes[index] ?? {};
    const fresh = newWarnings(warnings, before.outcomes[index]?.warnings ?? []);
    return [
      ...(failure === undefined ? [] : [finding(check, 'DOES_NOT_COMPILE', failure)]),
      ...fresh.map((warning) => finding(check, 'NEW_WARNING', formatWarning(warning))),
    ];
  });
  const silent = after.objects.length === 0 ? here.map(({ check }) => [check, 'no objects'] as const) : [];
  return {
    findings: found,
    newWarnings: found.filter(({ type }) => type === 'NEW_WARNING').length,
    objects: after.objects,
    notRun: new Map([...missing.map((check) => [check, 'not installed'] as const), ...silent]),
  };
}
