/** Builds the kernel's own tests of one tree; kept in the cache by what they are made of, with their kernel. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join, relative, resolve } from 'node:path';
import { z } from 'zod';
import { buildError, mustHaveRun } from '../kernel/build-error.ts';
import { findClang } from '../kernel/clang.ts';
import { mustMake, tryMake } from '../kernel/making.ts';
import { WorkbenchError } from '../lib/errors.ts';
import { must, tail } from '../lib/exec.ts';
import { isKept, keepKernel, keptKernel } from '../kernel/kept-kernel.ts';
import { withLock } from '../lib/lock.ts';
import { cachePaths } from '../lib/paths.ts';
import { readJson, writeJson } from '../lib/record.ts';
import { runStep, tryStep, type StageContext } from '../lib/stage.ts';
import type { BuildRecord, SourceTree } from '../records/build.ts';
import { leftOutSchema, type LeftOut, type SideRecord } from '../records/regress.ts';
import { brokenTargets, planLeaveOut } from './leave-out.ts';
import {
  bpfDir,
  bpfStep,
  copySteps,
  modulesDir,
  modulesMakefile,
  modulesStep,
  perfDir,
  perfStep,
  RECIPE,
  type Places,
} from './recipe.ts';

const madeSchema = z.object({ release: z.string(), leftOut: z.array(leftOutSchema) });

export interface TestTree {
  readonly kernel: SideRecord['kernel'];
  /** Named by all that is in it. */
  readonly dir: string;
  readonly tree: string;
  readonly bzImage: string;
  readonly vmlinux: string;
  readonly release: string;
  readonly leftOut: readonly LeftOut[];
}

/**
 * Rounds of leaving out what does not build, and building the rest: programs, then tests, then the link, and one to
 * spare.
 */
const ROUNDS = 6;
const LOG_BYTES = 32 << 20;

/** Where the tests of a tree are kept: the same tree, configuration and compilers are the same tests. */
async function testsDir(root: string, tree: string): Promise<string> {
  const fragments = ['default', 'dtrace', 'regress'].map((name) =>
    readFileSync(join(root, 'kconfig', `${name}.config`), 'utf8'),
  );
  const gcc = (await must(['gcc', '--version'])).stdout.split('\n')[0];
  const made = JSON.stringify([tree, fragments, gcc, (await findClang()).version, RECIPE]);
  return join(cachePaths().builds, `regress-${createHash('sha256').update(made).digest('hex').slice(0, 16)}`);
}

/** What is there already; undefined when it has to be built. */
export function builtTests(kernel: TestTree['kernel'], dir: string, tree: string): TestTree | undefined {
  const made = madeSchema.safeParse(readJson(join(dir, 'made.json'))).data;
  const bzImage = join(dir, 'bzImage');
  return made === undefined || !isKept(bzImage) ? undefined : { kernel, dir, tree, ...keptKernel(bzImage), ...made };
}

/**
 * The tests of a tree, built of what `built` resolves to when they are not there. Trees that agree in them have locks
 * of their own, so there is one for the tests.
 */
export async function testsOf(
  ctx: StageContext,
  kernel: TestTree['kernel'],
  tree: string,
  built: () => Promise<BuildRecord>,
): Promise<TestTree> {
  const dir = await testsDir(ctx.root, tree);
  const purpose = `building the tests of the ${kernel}`;
  return withLock(join(cachePaths().locks, basename(dir)), { purpose, log: ctx.log, signal: ctx.signal }, async () => {
    const known = builtTests(kernel, dir, tree);
    const text = `tests of the ${kernel}${known === undefined ? '' : ': built earlier'}`;
    ctx.log({ kind: 'stage', stage: 'regress', text });
    return known ?? (await buildTests(ctx, kernel, dir, await built()));
  });
}

/** Called with the tree's lock held: modules are built in the directory of its kernel. @throws E_BUILD */
export async function buildTests(
  ctx: StageContext,
  kernel: TestTree['kernel'],
  dir: string,
  build: BuildRecord,
): Promise<TestTree> {
  const { source, buildDir, vmlinux, uapi } = build;
  const places: Places = { dir, worktree: source.worktree, buildDir, vmlinux, uapi };
  await unpack(ctx, kernel, places, source);
  mkdirSync(modulesDir(dir), { recursive: true });
  writeFileSync(join(modulesDir(dir), 'Makefile'), modulesMakefile(places));
  const prepare = modulesStep(places, availableParallelism());
  await mustMake(prepare, buildDir, ctx, ctx.run.log(`regress.${kernel}.modules`));
  const leftOut = [...(await buildBpf(ctx, kernel, places)), ...(await buildPerf(ctx, kernel, places))];
  await keepKernel(build, join(dir, 'bzImage'), ctx.signal);
  writeJson(join(dir, 'made.json'), { release: build.release, leftOut });
  const made = builtTests(kernel, dir, source.tree);
  if (made === undefined) throw new WorkbenchError('E_INTERNAL', `${dir}/made.json cannot be read back`);
  return made;
}

/** Once: a build that was interrupted goes on in its copy. */
async function unpack(ctx: StageContext, kernel: string, places: Places, source: SourceTree): Promise<void> {
  const { dir } = places;
  const done = join(dir, 'unpacked');
  const logFile = ctx.run.log(`regress.${kernel}.copy`);
  // what a killed make left goes now, and not when make runs next, which would find an empty directory
  await mustMake({ title: 'directory', argv: ['mkdir', '-p', dir] }, dir, ctx, logFile);
  if (existsSync(done)) return;
  for (const step of copySteps(places, source.head)) await runStep(step, ctx, logFile);
  writeFileSync(done, `${source.tree}\n`);
}

async function buildBpf(ctx: StageContext, kernel: string, places: Places): Promise<LeftOut[]> {
  const own = bpfDir(places.dir);
  const step = bpfStep(places, (await findClang()).command, availableParallelism());
  const list = join(places.dir, 'left-out.json');
  let leftOut = leftOutSchema.array().safeParse(readJson(list)).data ?? [];
  for (let round = 1; round <= ROUNDS; round++) {
    const logFile = ctx.run.log(`regress.${kernel}.build-${round}`);
    const result = await tryMake(step, places.dir, ctx, logFile);
    if (!result.failed) return leftOut;
    mustHaveRun(result, tail(logFile), places.dir, step.title, `interrupted while building ${step.title}`);
    const log = tail(logFile, LOG_BYTES);
    const plan = planLeaveOut(brokenTargets(log), log, usersOf(own));
    const { remove, empty } = plan;
    // what is not in the copy is not a part of the tests
    const outside = empty.some((target) => relative(places.dir, resolve(own, target)).startsWith('..'));
    if (outside || remove.length + empty.length === 0) throw buildError(step.title, logFile, places.dir);
    ctx.log({ kind: 'note', text: `left out: ${plan.leftOut.map(({ what }) => what).join(' ')}` });
    leftOut = [...new Map([...leftOut, ...plan.leftOut].map((one) => [one.what, one])).values()];
    // first what is known of it: a build that ends here goes on without these files
    writeJson(list, leftOut);
    // they have the list of all tests in them
    for (const stale of ['prog_tests/tests.h', 'test_progs.o']) rmSync(join(own, stale), { force: true });
    for (const file of remove) rmSync(join(own, file), { force: true });
    for (const target of empty) writeFileSync(resolve(own, target), '');
  }
  throw new WorkbenchError('E_BUILD', `${step.title} do not build, whatever is left out`, {
    detail: leftOut.map(({ what, reason }) => `${what}: ${reason}`).join('\n'),
  });
}

/** Which tests include the skeleton of a program. */
function usersOf(own: string): (program: string) => string[] {
  const sources = readdirSync(join(own, 'prog_tests'))
    .filter((file) => file.endsWith('.c'))
    .map((file) => ({ name: file.slice(0, -2), text: readFileSync(join(own, 'prog_tests', file), 'utf8') }));
  return (program) =>
    sources
      .filter(({ text }) => ['skel.h', 'lskel.h', 'subskel.h'].some((end) => text.includes(`"${program}.${end}"`)))
      .map(({ name }) => name);
}

async function buildPerf(ctx: StageContext, kernel: string, places: Places): Promise<LeftOut[]> {
  const logFile = ctx.run.log(`regress.${kernel}.perf`);
  const step = perfStep(places);
  const result = await tryStep(step, ctx, logFile);
  mustHaveRun(result, tail(logFile), perfDir(places.dir), step.title, `interrupted while building ${step.title}`);
  const log = tail(logFile, LOG_BYTES);
  return brokenTargets(log).map(({ target, reason }) => ({
    what: target.split('selftests/').at(-1) ?? target,
    reason,
  }));
}
