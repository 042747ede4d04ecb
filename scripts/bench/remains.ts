/** What the figures that were not reached are about: the rows that miss them, and where the instructions are. */
import { lookupIn } from './lookup.ts';
import { OURS_PLAIN, OURS_WOKEN, RINGBUF_PLAIN, RINGBUF_WOKEN, shareOf } from './profile.ts';
import { cell } from './table.ts';
import { targets } from './targets.ts';
import type { FunctionShare, Profile, Results } from './types.ts';

/** Functions named in a sentence. */
const NAMED = 4;

/** What a profile has more than another, by function. */
function excess(profile: Profile, over: Profile): FunctionShare[] {
  const names = [...new Set([...profile.shares, ...over.shares].map((share) => share.name))];
  return names.map((name) => ({ name, value: shareOf(profile, name) - shareOf(over, name) }));
}

const sum = (shares: readonly FunctionShare[]): number => shares.reduce((total, share) => total + share.value, 0);

/**
 * Where a record that has to wake its reader takes more or less than in BPF's ring buffer. The wake-up of each is what
 * its profile has beyond that of a record that wakes nobody, so that no function has to be known by name.
 */
function wakeUp(results: Results): string[] {
  const named = (label: string): Profile | undefined => results.profiles?.find((each) => each.label === label);
  const [ours, theirs, oursWoken, theirsWoken] = [OURS_PLAIN, RINGBUF_PLAIN, OURS_WOKEN, RINGBUF_WOKEN].map(named);
  if (ours === undefined || theirs === undefined || oursWoken === undefined || theirsWoken === undefined) return [];
  const [wake, wakeTheirs] = [excess(oursWoken, ours), excess(theirsWoken, theirs)];
  const differences = excess({ label: '', shares: wake }, { label: '', shares: wakeTheirs })
    .filter((share) => Math.abs(share.value) >= 1)
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
  const list = differences.slice(0, NAMED).map((share) => `${share.name} ${share.value > 0 ? '+' : ''}${cell(Math.round(share.value))}`).join(', ');
  return [
    `A wake-up is an interrupt that the writer raises on its own CPU, because a probe may be in a context where nobody can be woken: ${cell(Math.round(sum(wake)))} instructions in perf's ring, ${cell(Math.round(sum(wakeTheirs)))} in BPF's ring buffer, most of them the same code. What differs: ${list === '' ? 'nothing' : list}. Reserve and commit by themselves take ${cell(Math.round(sum(ours.shares)))} against ${cell(Math.round(sum(theirs.shares)))}, the loop included.`,
  ];
}

/** One sentence for each way to notify, with the rows' own numbers. */
function notifications(results: Results): string[] {
  const find = lookupIn(results.rows);
  const at = (variant: string, wake: 'record' | 'polled'): string => cell(find({ section: 'emit', variant, size: 48, fill: false, wake })?.value);
  if (find({ section: 'emit', variant: 'dtrace_reserve', size: 48, wake: 'polled' }) === undefined) return [];
  return [
    `In one batch, where nobody polls in between, this series wakes once (a reader that has been told and has not polled since needs no second wake-up): ${at('dtrace_reserve', 'record')} instructions a record of 48 bytes. BPF's ring buffer takes ${at('ringbuf_reserve', 'record')} when every wake-up is forced, and ${at('ringbuf_adaptive', 'record')} with its default, which wakes only a reader that has caught up; perf output ${at('perf_percpu', 'record')}.`,
    `Where the reader polls after each record, so that each record has to wake it: ${at('dtrace_reserve', 'polled')}, against ${at('ringbuf_reserve', 'polled')} (forced), ${at('ringbuf_adaptive', 'polled')} (default) and ${at('perf_percpu', 'polled')} (perf output).`,
  ];
}

/** Paragraphs; none without the rows. */
export function remains(results: Results): string[] {
  const missed = targets(results.rows).filter((each) => !each.reached);
  if (missed.length === 0 && results.profiles === undefined) return [];
  return [
    ...(missed.length === 0 ? ['Every figure is reached.'] : missed.map((each) => `Missed: ${each.what}: ${each.measured} (${each.limit}).`)),
    ...notifications(results),
    ...wakeUp(results),
  ];
}
