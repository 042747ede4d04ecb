/**
 * The regress stage: the kernel's own tests on the base and on the patched kernel, each of its own tree, and the
 * comparison.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chooseAccel } from '../host/accelerator.ts';
import { baseTree, buildBase } from '../kernel/base-build.ts';
import { build } from '../kernel/build.ts';
import { configure } from '../kernel/configure.ts';
import { buildDirOf } from '../kernel/kbuild.ts';
import { scratchPath } from '../kernel/scratch.ts';
import { sourceNow, withTree } from '../kernel/source.ts';
import { readTreeState } from '../kernel/tree-state.ts';
import { WorkbenchError } from '../lib/errors.ts';
import { formatArgv } from '../lib/exec.ts';
import { cachePaths } from '../lib/paths.ts';
import { inPart, printSteps, type StageContext } from '../lib/stage.ts';
import type { BuildRecord, SourceTree } from '../records/build.ts';
import type { RegressRecord, SideRecord } from '../records/regress.ts';
import { testsOf, type TestTree } from './build-tests.ts';
import { differencesOf, problemsOf } from './compare.ts';
import { jobStore } from './job-store.ts';
import { jobsOf, judgeJob } from './jobs.ts';
import { baseHas, notBuilt } from './on-base.ts';
import { bpfDir, bpfStep, copySteps, modulesStep, perfDir, perfStep, type Places } from './recipe.ts';
import { runTests, type CourseOptions } from './run-tests.ts';
import { tablesOf } from './tables.ts';
import { select, SUITES, testsIn, unknownToAll, type Selection, type Suite } from './wanted.ts';

const CONFIG = 'regress';
const COURSE = {
  command: 'regress',
  // what tests expect of a machine, and nothing has set here
  prepare: [
    'ip link set lo up',
    'echo 1 > /proc/sys/net/core/bpf_jit_enable',
    'echo 0 > /proc/sys/kernel/unprivileged_bpf_disabled',
  ].join('; '),
  judge: judgeJob,
} as const;
/** test_progs ends a test that takes longer, where it can: it was made for processors that are not emulated. */
const WATCHDOG_SECONDS = 300;

/** @throws E_USAGE for a test that is not there, E_WORKTREE_EDITED, and what building and booting throws */
export async function regress(ctx: StageContext, options: CourseOptions): Promise<RegressRecord | null> {
  const started = performance.now();
  if (ctx.dryRun) return dryRun(ctx, options.source);
  // a wrong name is told now, and not behind two kernels
  const asked = selectionOf(options.source.worktree, options.names);
  refuseUnknown([asked]);
  const { trees, record } = await withTree(ctx, options.source, "building the kernel's own tests", () =>
    buildAll(ctx, options, asked),
  );
  const selections = trees.map((tree) => ({ tree, selection: selectionOf(tree.dir, options.names) }));
  refuseUnknown(selections.map(({ selection }) => selection));
  const sides: SideRecord[] = [];
  for (const { tree, selection } of selections)
    sides.push(await inPart(ctx, tree.kernel, (part) => runSide(part, tree, selection, record, options)));
  const series = sides.at(-1);
  const base = sides.length === 2 ? sides[0] : series && notBuilt(await baseTree(record.source), series.accel);
  if (base === undefined || series === undefined) throw new WorkbenchError('E_INTERNAL', 'a kernel without a record');
  const suitesOf = (kernels: typeof selections): Suite[] =>
    SUITES.filter((suite) => kernels.some(({ selection }) => hasSuite(selection, suite)));
  const suites = suitesOf(selections);
  const differences = differencesOf(base.tests, series.tests);
  const problems = problemsOf(base, series, differences, suites, suitesOf(selections.slice(0, -1)));
  const result: RegressRecord = {
    stage: 'regress',
    head: record.source.head,
    ok: problems.length === 0,
    whole: options.names.length === 0,
    problems,
    differences,
    base,
    series,
    tables: tablesOf(base, series, suites, differences),
    ms: Math.round(performance.now() - started),
  };
  ctx.run.write(result.whole ? 'regress' : 'regress.part', result);
  return result;
}

interface Built {
  /** Of the base, if there is anything to compare with, and of the series. */
  readonly trees: readonly TestTree[];
  readonly record: BuildRecord;
}

async function buildAll(ctx: StageContext, options: CourseOptions, asked: Selection): Promise<Built> {
  const source = await sourceNow(ctx, options.source);
  const { dirty } = await readTreeState(source.worktree);
  if (dirty.length > 0)
    throw new WorkbenchError('E_WORKTREE_EDITED', `the tests are of what is committed, and ${dirty[0]} is edited`, {
      position: { file: source.worktree },
      next: formatArgv(['git', '-C', source.worktree, 'status']),
    });
  const record = await build(ctx, await configure(ctx, source, CONFIG));
  const compared = await baseHas(source, asked);
  if (!compared) ctx.log({ kind: 'note', text: 'the base has none of these tests, and is not built' });
  const base = compared ? [await baseTests(ctx, source)] : [];
  return { trees: [...base, await testsOf(ctx, 'series', record.source.tree, async () => record)], record };
}

/** Of the base the kernel is built, too, unless its tests are there already. */
async function baseTests(ctx: StageContext, source: SourceTree): Promise<TestTree> {
  const tree = await baseTree(source);
  return testsOf(ctx, 'base', tree, () => buildBase(ctx, source, CONFIG));
}

/** What is there of what is asked for. @param dir a kernel tree, or what was built of one */
function selectionOf(dir: string, names: readonly string[]): Selection {
  const place = join(bpfDir(dir), 'prog_tests');
  const sources = new Map(
    readdirSync(place)
      .filter((file) => file.endsWith('.c'))
      .map((file) => [file.slice(0, -2), readFileSync(join(place, file), 'utf8')]),
  );
  const found = select(testsIn(sources), names);
  return { ...found, perf: found.perf.filter((name) => existsSync(join(perfDir(dir), name))) };
}

function refuseUnknown(selections: readonly Selection[]): void {
  const unknown = unknownToAll(selections);
  if (unknown.length === 0) return;
  const message = `no test ${unknown.join(', ')}: it is not in the tree, or does not build`;
  throw new WorkbenchError('E_USAGE', message, { next: 'npm run regress -- --help' });
}

function hasSuite({ progs, verifier, perf }: Selection, suite: Suite): boolean {
  return { test_progs: progs.length > 0, test_verifier: verifier, perf_events: perf.length > 0 }[suite];
}

async function runSide(
  ctx: StageContext,
  tree: TestTree,
  selection: Selection,
  build: BuildRecord,
  { accel: wanted, again }: CourseOptions,
): Promise<SideRecord> {
  const started = performance.now();
  const accel = await chooseAccel(ctx.signal, { wanted, kernel: tree.bzImage });
  const runner = readFileSync(join(bpfDir(tree.dir), 'test_progs.c'), 'utf8');
  const limits = runner.includes('watchdog-timeout') ? ['--watchdog-timeout', String(WATCHDOG_SECONDS)] : [];
  const jobs = jobsOf(tree.dir, selection, limits);
  const { release, leftOut, kernel } = tree;
  const ran = await runTests(ctx, tree, build, accel, jobs, {
    ...COURSE,
    store: jobStore(accel.accel, again),
  });
  const known = ran.boots.length === 0;
  if (known) ctx.log({ kind: 'done', text: `${kernel}: ${ran.tests.length} results of earlier runs` });
  return {
    kernel,
    tree: tree.tree,
    release,
    accel: accel.accel,
    ...ran,
    leftOut,
    reused: known,
    ms: Math.round(performance.now() - started),
  };
}

async function dryRun(ctx: StageContext, source: SourceTree): Promise<null> {
  const scratch = scratchPath(source.worktree);
  await build(ctx, await configure(ctx, source, CONFIG));
  ctx.log({ kind: 'command', text: formatArgv(['git', '-C', scratch, 'checkout', '--detach', source.baseCommit]) });
  await build(ctx, await configure(ctx, { ...source, worktree: scratch, head: source.baseCommit }, CONFIG));
  for (const [worktree, commit] of [
    [scratch, source.baseCommit],
    [source.worktree, source.head],
  ] as const) {
    const buildDir = buildDirOf(worktree, CONFIG);
    const dir = join(cachePaths().builds, 'regress-KEY');
    const [vmlinux, uapi] = [join(buildDir, 'vmlinux'), join(buildDir, 'usr/include')];
    const places: Places = { dir, worktree, buildDir, vmlinux, uapi };
    printSteps(
      [...copySteps(places, commit), modulesStep(places, 1), bpfStep(places, 'clang-19', 1), perfStep(places)],
      ctx,
    );
    ctx.log({
      kind: 'command',
      text: `guest: (cd ${formatArgv([bpfDir(dir)])} && ./test_progs --allow NAMES && ./test_verifier)`,
    });
  }
  return null;
}
