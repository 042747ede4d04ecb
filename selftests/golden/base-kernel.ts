/** The topic of the golden file on the kernel without the series, where it writes what it finds. */
import { builtSeries, configOf, otherKernel } from '../../scripts/bench/kernels.ts';
import { compilePrograms } from '../../scripts/kernel/bpf.ts';
import type { StageContext } from '../../scripts/lib/stage.ts';
import { EXIT } from '../../scripts/lib/errors.ts';
import { runTopics } from '../../scripts/run/run-topics.ts';
import { chooseAccel, type Wanted } from '../../scripts/host/accelerator.ts';

const TOPIC = 'same-type-unchanged';
/** Read by the topic. */
const VARIABLE = 'WRITE_GOLDEN';

const STAGES = { builtSeries, otherKernel, compilePrograms, chooseAccel, runTopics } as const;
export type GoldenStages = typeof STAGES;

/**
 * Resolves to the exit code: of the test that writes, which is the topic's first; the other one needs the series.
 * @param stages a test has its own
 */
export async function writeGolden(ctx: StageContext, wanted: Wanted, stages: GoldenStages = STAGES): Promise<number> {
  const {
    root,
    log,
    signal,
    run: { dir },
  } = ctx;
  const series = stages.builtSeries(root, 'default');
  const build = { ...series, ...(await stages.otherKernel(ctx, configOf(series), 'base')) };
  const programs = await stages.compilePrograms(ctx, series);
  const {
    topics: [topic],
  } = await stages.runTopics({
    root,
    build,
    progs: programs.dir,
    topics: [TOPIC],
    env: { [VARIABLE]: '1' },
    length: 'short',
    dir,
    log,
    signal,
    accel: await stages.chooseAccel(signal, { wanted, kernel: build.bzImage }),
  });
  return topic?.tests[0]?.status === 'passed' ? EXIT.pass : EXIT.test;
}
