/**
 * What the model says of the programs of a seed, without a kernel: how soon a kernel that lacks a rule would show
 * it. Pure.
 */
import { compile } from './compile.ts';
import { generate } from './generate.ts';
import { Model } from './model.ts';
import { seedOf } from './random.ts';
import type { Kernel } from './rules.ts';

export interface Said {
  readonly what: string;
  /** Number of the first such program. */
  readonly first: number;
  programs: number;
}

/** The commonest first. */
export function statistics(kernel: Kernel, seed: number, programs: number): Said[] {
  const said = new Map<string, Said>();
  for (let index = 0; index < programs; index++) {
    const verdict = new Model(compile(generate(seedOf(seed, index)), kernel.helpers), kernel).judge();
    const why = verdict.verdict === 'accept' ? '' : `: ${verdict.why.replace(/,? \w+=.*/, '')}`;
    const what = `${verdict.verdict}${why}`;
    const row = said.get(what) ?? { what, first: index, programs: 0 };
    row.programs++;
    said.set(what, row);
  }
  return [...said.values()].sort((a, b) => b.programs - a.programs);
}

export function formatStatistics(rows: readonly Said[]): string {
  const lines = rows.map(({ what, first, programs }) => `| ${what} | ${first} | ${programs} |`);
  return ['| the model | first program | programs |', '|---|---|---|', ...lines].join('\n');
}
