/** What a run of the fuzzer is asked for. Pure. */
import { availableParallelism } from 'node:os';
import { WorkbenchError } from '../lib/errors.ts';
import type { Budget } from './campaign.ts';

/** One for each processor, as the guests have one each. */
export const GUESTS = Math.min(4, availableParallelism());
const BATCH = 1000;

function count(name: string, text: string, least: number): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < least || !Number.isSafeInteger(number))
    throw new WorkbenchError('E_USAGE', `--${name} needs a number from ${least} on, and not ${text}`, {
      next: 'npm run fuzz -- --help',
    });
  return number;
}

export interface BudgetOptions {
  readonly seed: string;
  readonly programs: string;
  readonly minutes: string;
  readonly findings: string;
  readonly guests: string;
  readonly only: string | undefined;
}

/** @throws E_USAGE */
export function budgetOf(options: BudgetOptions): { readonly budget: Budget; readonly guests: number } {
  const { seed, programs, minutes, findings, guests, only } = options;
  const rest = {
    seed: count('seed', seed, 0),
    minutes: count('minutes', minutes, 1),
    findings: count('findings', findings, 1),
    batch: BATCH,
  };
  if (only !== undefined) return { budget: { ...rest, programs: 1, from: count('only', only, 0) }, guests: 1 };
  return {
    budget: { ...rest, programs: count('programs', programs, 1) },
    guests: count('guests', guests, 1),
  };
}
