/** What a profile has more than another, by function. */
import { REST, shareOf, total } from './profile.ts';
import { cell } from './table.ts';
import type { Profile } from './types.ts';

export function excess(profile: Profile, over: Profile): Profile {
  const names = [...new Set([...profile.shares, ...over.shares].map((share) => share.name))];
  return {
    ...profile,
    shares: names.map((name) => ({ name, value: shareOf(profile, name) - shareOf(over, name), calls: 0 })),
  };
}

export const rounded = (value: number): string => cell(Math.round(value) + 0);

/** With a sign. */
export const signed = (value: number): string => `${Math.round(value) > 0 ? '+' : ''}${rounded(value)}`;

/** The largest, in instructions: "f +36, g -23". */
export function largest({ shares }: Profile, most: number): string {
  const named = [...shares]
    .filter(({ name, value }) => name !== REST && Math.abs(value) >= 1)
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value))
    .slice(0, most)
    .map(({ name, value }) => `${name} ${signed(value)}`);
  return named.join(', ') || 'nothing';
}

/** The instructions of the functions with such a name. */
export const sumOf = (profile: Profile, name: RegExp): number =>
  total({ shares: profile.shares.filter((share) => name.test(share.name)) });
