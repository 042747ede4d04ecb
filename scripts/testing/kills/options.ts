/** What a run of the kills is asked for, and how chance is made repeatable. Pure. */
import { parseArgs } from 'node:util';
import { messageOf, WorkbenchError } from '../../lib/errors.ts';

const USAGE = 'node --import tsx scripts/testing/kills/main.ts [--kills N] [--stage NAME[,NAME]] [--seed N]';

/** How many of sixty kills each stage gets; a build takes longest to recover. */
export const SHARES = { apply: 10, refresh: 12, series: 3, config: 10, build: 9, boot: 8, selftest: 8 } as const;
export type StageName = keyof typeof SHARES;
const NAMES = Object.keys(SHARES) as StageName[];
const DEFAULT_KILLS = Object.values(SHARES).reduce((sum, share) => sum + share, 0);

export interface KillOptions {
  readonly kills: ReadonlyMap<StageName, number>;
  readonly seed: number;
}

function usage(message: string): WorkbenchError {
  return new WorkbenchError('E_USAGE', message, { next: USAGE });
}

/** @throws E_USAGE */
export function parseKills(args: readonly string[], seed: number): KillOptions {
  let values: { kills?: string | undefined; stage?: string | undefined; seed?: string | undefined };
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: { kills: { type: 'string' }, stage: { type: 'string' }, seed: { type: 'string' } },
    }));
  } catch (error: unknown) {
    throw usage(messageOf(error));
  }
  const number = (name: string, text: string | undefined, otherwise: number): number => {
    if (text === undefined) return otherwise;
    if (!/^[1-9]\d{0,8}$/.test(text)) throw usage(`--${name} needs a positive number`);
    return Number(text);
  };
  const wanted = values.stage?.split(',') ?? NAMES;
  const unknown = wanted.filter((name) => !(NAMES as readonly string[]).includes(name));
  if (unknown.length > 0) throw usage(`no stage ${unknown.join(', ')}; there are ${NAMES.join(', ')}`);
  const names = NAMES.filter((name) => wanted.includes(name));
  return { kills: share(number('kills', values.kills, DEFAULT_KILLS), names), seed: number('seed', values.seed, seed) };
}

/** Every stage gets its part, rounded so that the sum is what was asked for. */
export function share(kills: number, names: readonly StageName[]): ReadonlyMap<StageName, number> {
  const all = names.reduce((sum, name) => sum + SHARES[name], 0);
  let [shares, given] = [0, 0];
  return new Map(
    names.map((name) => {
      shares += SHARES[name];
      const until = Math.round((kills * shares) / all);
      const own = until - given;
      given = until;
      return [name, own];
    }),
  );
}

/** Numbers of [0, 1) that are the same for the same seed (mulberry32). */
export function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
