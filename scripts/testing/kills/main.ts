/**
 * Kills the workbench (SIGKILL) at random instants of its stages, and asks each time: does the next run recover by
 * itself, is no process left, and is everything of the person's what it was? Needs a kernel that `npm run build` has
 * built.
 *
 *     node --import tsx scripts/testing/kills/main.ts [--kills N] [--stage NAME[,NAME]] [--seed N]
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EXIT, WorkbenchError } from '../../lib/errors.ts';
import { makeDir } from '../../lib/make-dir.ts';
import { cachePaths, outRoot } from '../../lib/paths.ts';
import { standalone, type Standalone } from '../../lib/standalone.ts';
import { chance, parseKills, type StageName } from './options.ts';
import { makePerson, type Person } from './person.ts';
import { survivors } from './processes.ts';
import { addSmallKernel, copyProject, SMALL } from './project.ts';
import { killIn, measure, runIn, type Ended, type Place } from './run.ts';
import {
  applyStage,
  bootStage,
  buildStage,
  configStage,
  refreshStage,
  selftestStage,
  seriesStage,
  type Stage,
} from './stages.ts';
import { formatKills, saidOf, type Row } from './table.ts';

const ROOT = join(import.meta.dirname, '../../..');
const SEEDS = 1_000_000;
/**
 * A run may be over before its instant, on a machine that has become faster: that was no kill. The next try has the
 * other variant, since the one that is in place already takes no time.
 */
const TRIES = 5;
const SOONER = 0.8;
/** Runs that are not killed, one of each variant. */
const UNDISTURBED = 2;

function* from(round: number): Generator<number, never> {
  for (;;) yield round++;
}

interface Scene {
  readonly person: Person;
  readonly small: Place;
  readonly whole: Place;
  remove(): void;
}

async function setScene(signal: AbortSignal): Promise<Scene> {
  const person = await makePerson();
  const { dir, context } = person.fixture;
  makeDir(outRoot(ROOT));
  const own = mkdtempSync(join(outRoot(ROOT), 'kills-'));
  const small: Place = { root: join(dir, 'clone'), cacheHome: dirname(context.cache.root), marks: [dir], signal };
  const whole: Place = {
    root: join(own, 'project'),
    cacheHome: dirname(cachePaths().root),
    marks: [own, cachePaths().root],
    signal,
  };
  for (const { root } of [small, whole]) copyProject(ROOT, root);
  person.install(small.root, 'one');
  addSmallKernel(whole.root);
  const remove = (): void => {
    person.fixture.remove();
    rmSync(own, { recursive: true, force: true });
  };
  return { person, small, whole, remove };
}

/** A run that has to end well before anything is killed. */
async function need(place: Place, argv: readonly string[]): Promise<Ended> {
  const ended = await runIn(place, argv);
  if (ended.code === 0) return ended;
  throw new WorkbenchError('E_TEST', `npm run ${argv.join(' ')} ended with ${ended.code} before any kill`, {
    detail: ended.stderr.slice(-2000),
    next: 'npm run build',
  });
}

const worktreeOf = ({ stdout }: Ended): string => (JSON.parse(stdout) as { readonly worktree: string }).worktree;

/** Its stages in the order in which each finds what the one before made. */
const STAGES: Readonly<Record<StageName, (scene: Scene) => Promise<Stage>>> = {
  apply: async ({ small, person }) => applyStage(small, person),
  refresh: async ({ small, person }) =>
    refreshStage(small, person, worktreeOf(await need(small, ['apply', '--tree', person.kernel, '--json']))),
  series: async ({ whole }) => seriesStage(whole),
  config: async ({ whole }) => configStage(whole, worktreeOf(await need(whole, ['apply', '--json']))),
  build: async ({ whole }) => {
    const worktree = worktreeOf(await need(whole, ['apply', '--json']));
    await need(whole, ['build', '--config', SMALL]);
    return buildStage(whole, worktree);
  },
  boot: async ({ whole }) => {
    for (const argv of [['apply'], ['build']]) await need(whole, argv);
    return bootStage(whole);
  },
  selftest: async ({ whole }) => {
    for (const argv of [['apply'], ['build']]) await need(whole, argv);
    return selftestStage(whole);
  },
};

/**
 * Both variants of what a stage can find, undisturbed: what comes of them is what has to come of every run that
 * follows a kill.
 */
async function undisturbed(stage: Stage): Promise<number> {
  const spans: number[] = [];
  for (let round = 0; round < UNDISTURBED; round += 1) {
    stage.prepare(round);
    const ended = await measure(stage.place, stage.argv, stage.from, stage.until);
    const faults = ended.code === 0 ? (stage.afterNext?.(round, ended) ?? []) : [`exit code ${ended.code}`];
    if (faults.length > 0)
      throw new WorkbenchError('E_TEST', `${stage.name} fails without a kill: ${faults.join(', ')}`, {
        detail: ended.stderr.slice(-2000),
        next: 'npm run build',
      });
    spans.push(ended.spanMs);
  }
  // a run that finds its variant in place, left there by an earlier run of this script, has nothing to do
  const known = spans.filter((spanMs) => !Number.isNaN(spanMs));
  if (known.length > 0) return Math.min(...known);
  throw new WorkbenchError('E_TEST', `${stage.name} never said ${stage.from}`, { next: 'npm run apply' });
}

async function killOnce(
  stage: Stage,
  rounds: Iterator<number, never>,
  spanMs: number,
  random: () => number,
  scene: Scene,
): Promise<Omit<Row, 'number'>> {
  const before = scene.person.state();
  const faults: string[] = [];
  let instantMs = random() * spanMs;
  let round = 0;
  for (let left = TRIES; ; left -= 1, instantMs *= SOONER) {
    round = rounds.next().value;
    stage.prepare(round);
    const killed = await killIn(stage.place, stage.argv, instantMs, stage.from);
    if (killed.signal === 'SIGKILL') break;
    if (left > 1) continue;
    faults.push(`it ended with ${killed.code} before it could be killed`);
    break;
  }
  const left = async (when: string): Promise<void> => {
    faults.push(...(await survivors(stage.place.marks)).map((process) => `${when} there is ${process}`));
    if (scene.person.state() !== before) faults.push(`${when} the person's checkout is another`);
  };
  await left('after the kill');
  faults.push(...(stage.afterKill?.(round) ?? []));
  const next = await runIn(stage.place, stage.argv);
  if (next.code !== 0)
    faults.push(
      `the next run ended with ${next.code ?? next.signal}: ${next.stderr.trim().split('\n').slice(-6).join(' / ')}`,
    );
  else faults.push(...(stage.afterNext?.(round, next) ?? []));
  await left('after the next run');
  return { stage: stage.name, instantMs, code: next.code, said: saidOf(next.stderr), seconds: next.ms / 1000, faults };
}

async function main({ args, log, signal }: Standalone): Promise<number> {
  const { kills, seed } = parseKills(args, Math.floor(Math.random() * SEEDS) + 1);
  const random = chance(seed);
  const total = [...kills.values()].reduce((sum, count) => sum + count, 0);
  log({ kind: 'stage', stage: 'kills', text: `${total} kills, seed ${seed}` });
  const project = (): string =>
    execFileSync('git', ['status', '--porcelain', '--branch'], { cwd: ROOT, encoding: 'utf8' });
  const before = project();
  const scene = await setScene(signal);
  const rows: Row[] = [];
  try {
    for (const [name, count] of kills) {
      if (count === 0 || signal.aborted) continue;
      const stage = await STAGES[name](scene);
      const spanMs = await undisturbed(stage);
      log({ kind: 'note', text: `${name}: ${count} kills within ${(spanMs / 1000).toFixed(1)} s` });
      const rounds = from(UNDISTURBED);
      for (let kill = 0; kill < count && !signal.aborted; kill += 1) {
        const row = { number: rows.length + 1, ...(await killOnce(stage, rounds, spanMs, random, scene)) };
        rows.push(row);
        for (const fault of row.faults)
          log({ kind: 'warn', text: `kill ${row.number} (${name}, ${Math.round(row.instantMs)} ms): ${fault}` });
        log({ kind: 'progress', what: 'kills', done: rows.length, total });
      }
    }
  } finally {
    scene.remove();
  }
  process.stdout.write(formatKills(rows, seed));
  if (project() !== before) log({ kind: 'warn', text: 'the project itself is another than before' });
  return rows.length === total && project() === before && rows.every(({ faults }) => faults.length === 0)
    ? EXIT.pass
    : EXIT.test;
}

process.exitCode = await standalone(process.argv.slice(2), main);
