/** The clients stage: programs that people use, unchanged, on base and patched kernel, and the comparison. */
import { join } from 'node:path';
import { chooseAccel } from '../host/accelerator.ts';
import { bootstrapArgv } from '../host/debian-root.ts';
import { buildBase } from '../kernel/base-build.ts';
import { build } from '../kernel/build.ts';
import { configure } from '../kernel/configure.ts';
import { scratchPath } from '../kernel/scratch.ts';
import { sourceNow, withTree } from '../kernel/source.ts';
import { WorkbenchError } from '../lib/errors.ts';
import { formatArgv } from '../lib/exec.ts';
import { cachePaths } from '../lib/paths.ts';
import { inPart, type StageContext } from '../lib/stage.ts';
import type { BuildRecord, SourceTree } from '../records/build.ts';
import type { ClientSide, ClientsRecord } from '../records/clients.ts';
import { differencesOf, problemsOf } from '../regress/compare.ts';
import { jobStore } from '../regress/job-store.ts';
import { runTests, type CourseOptions } from '../regress/run-tests.ts';
import type { Client } from './client.ts';
import { explain, unusedOf } from './explained.ts';
import { guestRoot, type GuestRoot } from './guest-root.ts';
import { jobOf, judgeWith, prepare, skipsOf } from './jobs.ts';
import { select } from './list.ts';
import { INPUTS } from './perf-buffer.ts';
import { HOW, NEWEST_SUITE, PACKAGES, rootDir } from './root-plan.ts';
import { clientTables } from './tables.ts';

export const CLIENTS_CONFIG = 'clients';

/** @throws E_USAGE for a client that is not there, and what building, booting and installing throws */
export async function clients(ctx: StageContext, options: CourseOptions): Promise<ClientsRecord | null> {
  const started = performance.now();
  const { clients: wanted, unknown } = select(options.names);
  if (unknown.length > 0)
    throw new WorkbenchError('E_USAGE', `no client ${unknown.join(', ')}`, { next: 'npm run clients -- --help' });
  if (ctx.dryRun) return dryRun(ctx, options.source, wanted);
  const root = await guestRoot(ctx);
  const builds = await withTree(ctx, options.source, 'building the kernels of the clients', async () => {
    const source = await sourceNow(ctx, options.source);
    const series = await build(ctx, await configure(ctx, source, CLIENTS_CONFIG));
    return { series, base: await buildBase(ctx, source, CLIENTS_CONFIG) };
  });
  const run = (kernel: ClientSide['kernel']): Promise<ClientSide> =>
    inPart(ctx, kernel, (part) => runSide(part, kernel, builds[kernel], builds.series, root, wanted, options));
  const base = await run('base');
  const series = await run('series');
  const differences = explain(differencesOf(base.tests, series.tests));
  const suites = [...new Set(wanted.map(({ suite }) => suite))];
  const ran = suites.filter((suite) => base.tests.some((test) => test.suite === suite && test.status !== 'skipped'));
  const whole = options.names.length === 0;
  const problems = [...problemsOf(base, series, differences, ran), ...(whole ? unusedOf(differences, ran) : [])];
  const result: ClientsRecord = {
    stage: 'clients',
    head: builds.series.source.head,
    ok: problems.length === 0,
    whole,
    problems,
    differences,
    suite: root.suite,
    packages: root.packages,
    base,
    series,
    tables: clientTables(base, series, suites, differences, root),
    ms: Math.round(performance.now() - started),
  };
  ctx.run.write(whole ? 'clients' : 'clients.part', result);
  return result;
}

async function runSide(
  ctx: StageContext,
  kernel: ClientSide['kernel'],
  built: BuildRecord,
  series: BuildRecord,
  root: GuestRoot,
  wanted: readonly Client[],
  { accel: asked, again }: CourseOptions,
): Promise<ClientSide> {
  const started = performance.now();
  const { bzImage, vmlinux, release, source } = built;
  const accel = await chooseAccel(ctx.signal, { wanted: asked, kernel: bzImage });
  const skipped = skipsOf(wanted, new Set(Object.keys(root.packages)), root.suite);
  const here = wanted.filter(({ suite, name }) => !skipped.some((one) => one.suite === suite && one.name === name));
  const identity = [source.tree, built.configSha256, root.dir].join(' ');
  const jobs = here.map((client) => jobOf(client, identity));
  const store = jobStore(accel.accel, again, join(cachePaths().root, 'clients'));
  const course = {
    command: 'clients',
    prepare: prepare(root.dir, join(ctx.root, INPUTS)),
    judge: judgeWith(here),
    store,
  };
  const ran = await runTests(ctx, { kernel, bzImage, vmlinux }, series, accel, jobs, course);
  return {
    kernel,
    tree: source.tree,
    release,
    accel: accel.accel,
    tests: [...ran.tests, ...skipped],
    boots: ran.boots,
    reused: ran.boots.length === 0,
    ms: Math.round(performance.now() - started),
  };
}

async function dryRun(ctx: StageContext, source: SourceTree, wanted: readonly Client[]): Promise<null> {
  const say = (text: string): void => ctx.log({ kind: 'command', text });
  const dir = rootDir(cachePaths().builds, { suite: NEWEST_SUITE, packages: PACKAGES });
  say(formatArgv(bootstrapArgv({ suite: NEWEST_SUITE, mirror: 'MIRROR', packages: PACKAGES, how: HOW }, dir)));
  await build(ctx, await configure(ctx, source, CLIENTS_CONFIG));
  const worktree = scratchPath(source.worktree);
  say(formatArgv(['git', '-C', worktree, 'checkout', '--detach', source.baseCommit]));
  await build(ctx, await configure(ctx, { ...source, worktree, head: source.baseCommit }, CLIENTS_CONFIG));
  for (const client of wanted) say(`guest: ${formatArgv(jobOf(client, 'KERNEL').argv)}`);
  return null;
}
