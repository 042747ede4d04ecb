/** What the figures that were not reached are about: the rows that miss them, and where the instructions are. */
import { OURS_PLAIN, OURS_WOKEN, RINGBUF_PLAIN, RINGBUF_WOKEN, shareOf, total } from './profile.ts';
import { cell } from './table.ts';
import { targets } from './targets.ts';
import { say } from './texts.ts';
import type { Profile, Results, Row } from './types.ts';
import { find } from './variants.ts';

/** Functions named in a sentence. */
const NAMED = 4;

/** What a profile has more than another, by function. */
function excess(profile: Profile, over: Profile): Profile {
  const names = [...new Set([...profile.shares, ...over.shares].map((share) => share.name))];
  return {
    label: profile.label,
    shares: names.map((name) => ({ name, value: shareOf(profile, name) - shareOf(over, name) })),
  };
}

const rounded = (value: number): string => cell(Math.round(value));

/**
 * Where a record that has to wake its reader takes more or less than in BPF's ring buffer. The wake-up of each is what
 * its profile has beyond that of a record that wakes no reader, so that no function has to be known by name.
 */
function wakeUp(profiles: readonly Profile[]): string[] {
  const labels = [OURS_PLAIN, RINGBUF_PLAIN, OURS_WOKEN, RINGBUF_WOKEN];
  const [ours, theirs, oursWoken, theirsWoken] = labels.map((label) => profiles.find((each) => each.label === label));
  if (ours === undefined || theirs === undefined || oursWoken === undefined || theirsWoken === undefined) return [];
  const [wake, wakeTheirs] = [excess(oursWoken, ours), excess(theirsWoken, theirs)];
  const differences = excess(wake, wakeTheirs)
    .shares.filter((share) => Math.abs(share.value) >= 1)
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value))
    .slice(0, NAMED)
    .map((share) => `${share.name} ${share.value > 0 ? '+' : ''}${rounded(share.value)}`);
  return [
    say('wake-up', {
      ours: rounded(total(wake)),
      theirs: rounded(total(wakeTheirs)),
      differences: differences.join(', ') || 'nothing',
      plain: rounded(total(ours)),
      plainTheirs: rounded(total(theirs)),
    }),
  ];
}

/** One sentence for each way to notify, with the rows' own numbers. */
function notifications(rows: readonly Row[]): string[] {
  if (find(rows, { section: 'emit', variant: 'dtrace_reserve', size: 48, wake: 'polled' }) === undefined) return [];
  const told = (text: string, wake: 'record' | 'polled'): string => {
    const at = (variant: string): string =>
      cell(find(rows, { section: 'emit', variant, size: 48, fill: false, wake })?.value);
    const [ours, forced] = [at('dtrace_reserve'), at('ringbuf_reserve')];
    return say(text, { ours, forced, adaptive: at('ringbuf_adaptive'), perf: at('perf_percpu') });
  };
  return [told('one batch', 'record'), told('polled', 'polled')];
}

/** Paragraphs; none without the rows. */
export function remains({ rows, profiles }: Results): string[] {
  const missed = targets(rows).filter((each) => !each.reached);
  if (missed.length === 0 && profiles === undefined) return [];
  return [
    ...(missed.length === 0
      ? [say('reached')]
      : missed.map(({ what, measured, limit }) => say('missed', { what, measured, limit }))),
    ...notifications(rows),
    ...wakeUp(profiles ?? []),
  ];
}
