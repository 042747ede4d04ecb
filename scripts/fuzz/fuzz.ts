/** A run of the fuzzer on a kernel, with its record. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Guest } from '../guest/client.ts';
import type { AccelChoice } from '../host/accelerator.ts';
import type { StageContext } from '../lib/stage.ts';
import type { BuildRecord } from '../records/build.ts';
import type { FuzzRecord } from '../records/fuzz.ts';
import { Campaign, type Budget, type Finding, type Tally } from './campaign.ts';
import { disassemble } from './disassemble.ts';
import { forKernel } from './expected.ts';
import { GuestRunner } from './guest-runner.ts';
import { helpersIn, type Helpers } from './interface.ts';
import { rulesOf } from './rules.ts';

export interface FuzzOptions {
  readonly build: BuildRecord;
  readonly accel: AccelChoice;
  readonly budget: Budget;
  readonly guests: number;
  /** Done in each new guest. */
  readonly prepare?: (guest: Guest) => Promise<void>;
}

export interface Fuzzed {
  readonly tally: Tally;
  readonly findings: readonly Finding[];
  readonly helpers: Helpers;
  readonly record: FuzzRecord;
}

const TELL_MS = 10_000;

export async function fuzzBuild(ctx: StageContext, options: FuzzOptions): Promise<Fuzzed> {
  const { build, accel, budget, guests, prepare } = options;
  const helpers = helpersIn(readFileSync(join(build.uapi, 'linux/bpf.h'), 'utf8'));
  let told = 0;
  const campaign = new Campaign(forKernel({ helpers, rules: rulesOf(build.release) }), budget, (text) => {
    const now = performance.now();
    if (now - told < TELL_MS && text.includes(' a second')) return;
    told = now;
    ctx.log({ kind: 'note', text });
  });
  const runners = Array.from(
    { length: guests },
    (_, i) =>
      new GuestRunner({ ctx, build, accel, name: String(i + 1), ...(prepare === undefined ? {} : { prepare }) }),
  );
  try {
    await campaign.run(runners, ctx.signal);
  } finally {
    await Promise.allSettled(runners.map((runner) => runner.close()));
  }
  const { tally, findings } = campaign;
  const record: FuzzRecord = {
    stage: 'fuzz',
    config: build.config,
    tree: build.source.tree,
    release: build.release,
    accel: accel.accel,
    guests,
    seed: budget.seed,
    ...tally,
    findings: findings.map(({ index, kind, text, also, words, code }) => ({
      index,
      kind,
      text,
      also: [...also],
      words: [...words],
      program: disassemble(code, helpers),
    })),
  };
  ctx.run.write(`fuzz.${build.config}`, record);
  return { tally, findings, helpers, record };
}
