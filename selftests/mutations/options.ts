/** What a run of the mutations is asked for. Pure. */
import { wantedAccel } from '../../scripts/host/accelerator-option.ts';
import type { Wanted } from '../../scripts/host/accelerator.ts';
import { WorkbenchError } from '../../scripts/lib/errors.ts';
import type { Mutation } from './table.ts';

const USAGE =
  'node --import tsx selftests/mutations/run.ts [--write] [--config NAME] [--accel auto|kvm|tcg] [--base NAME] [N ...]';

export interface Options {
  readonly mutations: readonly Mutation[];
  readonly config: string;
  readonly accel: Wanted;
  /** What was last applied to this base; to any when undefined. */
  readonly base?: string;
  /** Bring MUTATIONS.md up to date. */
  readonly write: boolean;
}

function usage(message: string): WorkbenchError {
  return new WorkbenchError('E_USAGE', message, { next: USAGE });
}

/**
 * All mutations when no number is given. @throws E_USAGE: a word that means nothing would make a run of hours another
 * one than was asked for
 */
export function parseRun(args: readonly string[], all: readonly Mutation[]): Options {
  const numbers: number[] = [];
  let config = 'default';
  let accel: Wanted = 'auto';
  let base: string | undefined;
  let write = false;
  const rest = [...args];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const [, name, inline] = /^--(config|accel|base)(?:=(.*))?$/.exec(word) ?? [];
    if (word === '--write') write = true;
    else if (name === 'accel') accel = wantedAccel(inline ?? rest.shift() ?? '', USAGE);
    else if (name === 'base') {
      base = inline ?? rest.shift() ?? '';
      if (base === '' || base.startsWith('-')) throw usage('--base needs the name of a base');
    } else if (name === 'config') {
      config = inline ?? rest.shift() ?? '';
      if (!/^\w[\w-]*$/.test(config)) throw usage('--config needs the name of a configuration');
    } else if (/^\d+$/.test(word)) numbers.push(Number(word));
    else throw usage(`${word} is no option and no number of a mutation`);
  }
  const unknown = numbers.filter((wanted) => !all.some(({ number }) => number === wanted));
  if (unknown.length > 0)
    throw usage(`no mutation ${unknown.join(', ')}; there are ${ranges(all.map(({ number }) => number))}`);
  return {
    mutations: numbers.length === 0 ? all : all.filter(({ number }) => numbers.includes(number)),
    config,
    accel,
    write,
    ...(base === undefined ? {} : { base }),
  };
}

/** "1-30, 101-154" of ascending numbers. */
function ranges(numbers: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const number of numbers) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else runs.push([number, number]);
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(', ');
}
