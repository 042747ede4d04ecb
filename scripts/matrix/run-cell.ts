/** The work of one cell: its base, the patches up to its own, its configuration, and what those enable. */
import { hostname } from 'node:os';
import { join } from 'node:path';
import { applySeries } from '../apply/apply.ts';
import { CELLS } from '../apply/state.ts';
import type { BaseContext } from '../base/context.ts';
import { resolveBase } from '../base/resolve.ts';
import { chooseAccel, type Wanted } from '../host/accelerator.ts';
import { ensureTools } from '../host/install.ts';
import { compilePrograms } from '../kernel/bpf.ts';
import { sourceOf } from '../kernel/source.ts';
import { asWorkbenchError, EXIT, type WorkbenchError } from '../lib/errors.ts';
import { withLock } from '../lib/lock.ts';
import { cachePaths } from '../lib/paths.ts';
import { prefixedRun } from '../lib/record.ts';
import type { StageContext } from '../lib/stage.ts';
import type { ApplyRecord } from '../records/apply.ts';
import type { CellRecord, Until } from '../records/cell.ts';
import { totals } from '../records/totals.ts';
import { prepareKernel, STAGES } from '../run/pipeline.ts';
import { selftest } from '../run/selftest.ts';
import { listTopics, selectTopics } from '../run/topics.ts';
import { seriesFor, type Series } from '../series/load.ts';
import { fileNumber } from '../series/schema.ts';
import { topicsUpTo } from '../series/topics.ts';
import type { Cell } from './cells.ts';
import { seriesDigest } from './identity.ts';
import { verdictOf } from './verdict.ts';

export interface CellWork {
  readonly series: Series;
  /** Hash of the project's files, as they were when the work began. */
  readonly project: string;
  readonly until: Until;
  readonly accel: Wanted;
}

/** How many patches a cell applies. */
export function countOf({ patches }: Series['data'], { patch }: Cell): number {
  return patches.findIndex(({ file }) => fileNumber(file) === Number(patch)) + 1;
}

/** The series up to a cell's patch as the cell's base has it, on a branch of its own. */
export function partOf(series: Series, cell: Cell): Series {
  const { data, patches } = series;
  const part = { ...series, patches: patches.slice(0, countOf(data, cell)) };
  return seriesFor({ ...part, data: { ...data, name: `${data.name}${CELLS}` } }, cell.base);
}

export function topicsOf(root: string, series: Series, cell: Cell): string[] {
  const all = listTopics(root);
  for (const { topics = [] } of series.data.patches) selectTopics(all, topics);
  return topicsUpTo(series.data.patches, countOf(series.data, cell), all);
}

/** The tree of a base is one cell's from its patches to its last topic. */
const WAIT_MS = 12 * 3600_000;

type Outcome = Pick<CellRecord, 'verdict' | 'exitCode' | 'reason' | 'topics'>;

/** Writes and returns the record, whatever happened; only an interruption is thrown, since it is no result. */
export async function runCell(outer: StageContext, cell: Cell, work: CellWork): Promise<CellRecord> {
  const started = performance.now();
  const ctx = { ...outer, run: prefixedRun(outer.run, 'of') };
  const { series, project, until } = work;
  const part = partOf(series, cell);
  let [baseCommit, tree] = ['', ''];
  let outcome: Outcome = { verdict: 'passed', exitCode: EXIT.pass, reason: '', topics: [] };
  try {
    const context: BaseContext = { cache: cachePaths(), log: ctx.log, logFile: ctx.run.log, signal: ctx.signal };
    await ensureTools(until === 'apply' ? 'apply' : 'test', context);
    const base = await resolveBase(series.data, { base: cell.base }, context);
    baseCommit = base.commit;
    const place = { ...base, key: `${base.key}${CELLS}` };
    const { log, signal } = ctx;
    const lock = { purpose: `the cell ${cell.id}`, log, signal, waitMs: WAIT_MS };
    await withLock(join(context.cache.locks, `cell-${place.key}`), lock, async () => {
      // what an earlier cell left there is no person's
      const applied = await applySeries(part, place, context, { force: true });
      tree = applied.tree;
      ctx.run.write('apply', applied);
      if (until !== 'apply') outcome = await buildAndTest(ctx, cell, work, applied);
    });
  } catch (thrown: unknown) {
    const error = asWorkbenchError(thrown);
    if (error.code === 'E_INTERRUPTED') throw error;
    outcome = failed(error);
  }
  const record: CellRecord = {
    stage: 'cell',
    cell: cell.id,
    until,
    project,
    series: seriesDigest(part),
    baseCommit,
    tree,
    ...outcome,
    host: hostname(),
    finished: new Date().toISOString(),
    ms: Math.round(performance.now() - started),
  };
  outer.run.write('cell', record);
  return record;
}

function failed(error: WorkbenchError): Outcome {
  const { code, exitCode, message } = error;
  return { verdict: verdictOf(error), exitCode, reason: `${code}: ${message}`, topics: [] };
}

async function buildAndTest(ctx: StageContext, cell: Cell, work: CellWork, applied: ApplyRecord): Promise<Outcome> {
  const { series, accel: wanted, until } = work;
  const topics = topicsOf(ctx.root, series, cell);
  const whole = countOf(series.data, cell) === series.data.patches.length;
  const { build, programs } = await prepareKernel(ctx, sourceOf(applied), cell.config, undefined, {
    ...STAGES,
    // those of a later patch; a topic that needs one finds no object, and fails
    compilePrograms: whole
      ? compilePrograms
      : (stage, record) =>
          compilePrograms(stage, record, undefined, (problems) =>
            stage.log({ kind: 'note', text: `${problems.length} BPF programs need a later patch` }),
          ),
  });
  if (until === 'build') return { verdict: 'passed', exitCode: EXIT.pass, reason: '', topics: [] };
  const accel = await chooseAccel(ctx.signal, { wanted, kernel: build.bzImage });
  const record = await selftest(ctx, { build, progs: programs.dir, topics, accel, length: 'short' });
  const red = record.topics.find(({ tests }) => tests.some(({ status }) => status === 'failed'));
  const bad = red?.tests.find(({ status }) => status === 'failed');
  const passed = red === undefined && record.passed > 0;
  return {
    verdict: passed ? 'passed' : 'failed',
    exitCode: passed ? EXIT.pass : EXIT.test,
    reason: passed ? '' : `${record.failed} tests failed, the first in ${red?.topic ?? 'none'}: ${bad?.name ?? ''}`,
    topics: record.topics.map(({ topic, tests }) => ({ topic, ...totals([{ tests }]) })),
  };
}
