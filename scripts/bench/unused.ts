/** Programs that use nothing of the series, by function: what is the same, and what falls into some batches. */
import { MOST } from './batches.ts';
import { excess, largest, rounded } from './excess.ts';
import { namesOf, profileTable, total } from './profile.ts';
import { rowKey } from './rows.ts';
import type { Table } from './table.ts';
import { say } from './texts.ts';
import type { Profile, Results } from './types.ts';

/** Functions named in a sentence. */
const NAMED = 4;
/** Less than an instruction of each firing is none of each firing. */
const ONE = 1;

interface Pair {
  readonly base: Profile;
  readonly series: Profile;
}

const SUBJECT = { section: 'idle', size: null, fill: null, wake: null } as const;

function pairs(profiles: readonly Profile[], behind: string): Pair[] {
  return profiles.flatMap((series) => {
    if (series.section !== 'idle' || series.boot !== 'series') return [];
    const { variant, source } = series;
    const label = (boot: string): string => `${rowKey({ ...SUBJECT, variant, source, boot })}${behind}`;
    const base = profiles.find((each) => each.label === label('base'));
    return base === undefined || series.label !== label('series') ? [] : [{ base, series }];
  });
}

const differs = ({ base, series }: Pair): boolean =>
  excess(series, base).shares.some(({ value }) => Math.abs(value) >= ONE / 2);

const firing = ({ variant, source }: Profile): string => `${source ?? ''} ${variant}`;

/** Of the fault that is probed, which takes the most batches with something else in them. */
const faults = (all: readonly Pair[], variant: string): Pair | undefined =>
  all.find(({ base }) => base.source === 'perf_event' && base.variant === variant);

/** Paragraphs; none without the profiles of both kernels. */
export function unused({ profiles = [] }: Results): string[] {
  const least = pairs(profiles, '');
  if (least.length === 0) return [];
  const others = least
    .filter(differs)
    .map((pair) => `; ${firing(pair.base)}: ${largest(excess(pair.series, pair.base), NAMED)}`);
  const [fault, most] = [least, pairs(profiles, MOST)].map((all) => faults(all, 'detached'));
  return [
    say('unused', { same: least.length - others.length, all: least.length, others: others.join('') }),
    ...(fault === undefined || most === undefined
      ? []
      : [
          say('disturbed', {
            least: rounded(total(fault.base)),
            more: rounded(total(excess(most.base, fault.base))),
            differences: largest(excess(most.base, fault.base), NAMED),
          }),
        ]),
  ];
}

/** A page fault with a program on it, in both kernels, and what the batch that took most has in addition. */
export function unusedTable({ profiles = [] }: Results): Table {
  const title = 'A page fault with a program that uses nothing';
  const [least, most] = ['', MOST].map((behind) => faults(pairs(profiles, behind), 'attached'));
  if (least === undefined || most === undefined) return profileTable(title, []);
  const more = [excess(most.base, least.base), excess(most.series, least.series)] as const;
  const columns = [
    { ...least.base, column: 'base' },
    { ...least.series, column: 'series' },
    { ...more[0], column: 'base, most: more' },
    { ...more[1], column: 'series, most: more' },
  ];
  return profileTable(title, columns, namesOf([excess(least.series, least.base), ...more], ONE));
}
