/** What the figures that were not reached are about: the rows that miss them, and where the instructions are. */
import { endToEnd } from './end-to-end.ts';
import { excess, largest, rounded } from './excess.ts';
import { OURS_PLAIN, OURS_QUIET, OURS_WOKEN, RINGBUF_PLAIN, RINGBUF_QUIET, RINGBUF_WOKEN, total } from './profile.ts';
import { cell } from './table.ts';
import { targets } from './targets.ts';
import { say } from './texts.ts';
import type { Profile, Results, Row } from './types.ts';
import { unused } from './unused.ts';
import { find } from './variants.ts';

/** Functions named in a sentence. */
const NAMED = 4;

/** The profiles with these labels; undefined when one is missing. */
function labelled(profiles: readonly Profile[], labels: readonly string[]): Profile[] | undefined {
  const found = labels.flatMap((label) => profiles.find((each) => each.label === label) ?? []);
  return found.length === labels.length ? found : undefined;
}

/**
 * Where a record that has to wake its reader takes more or less than in BPF's ring buffer. The wake-up of each is what
 * its profile has beyond that of a record that wakes no reader, so that no function has to be known by name.
 */
function wakeUp(profiles: readonly Profile[]): string[] {
  const found = labelled(profiles, [OURS_PLAIN, RINGBUF_PLAIN, OURS_WOKEN, RINGBUF_WOKEN]);
  if (found === undefined) return [];
  const [ours, theirs, oursWoken, theirsWoken] = found as [Profile, Profile, Profile, Profile];
  const [wake, wakeTheirs] = [excess(oursWoken, ours), excess(theirsWoken, theirs)];
  return [
    say('wake-up', {
      ours: rounded(total(wake)),
      theirs: rounded(total(wakeTheirs)),
      differences: largest(excess(wake, wakeTheirs), NAMED),
      plain: rounded(total(ours)),
      plainTheirs: rounded(total(theirs)),
    }),
  ];
}

/** Where a record that need not wake its reader takes more, when the ring asks for a wake-up of each. */
function notPolled(profiles: readonly Profile[]): string[] {
  const found = labelled(profiles, [OURS_QUIET, RINGBUF_QUIET, OURS_PLAIN, RINGBUF_PLAIN]);
  if (found === undefined) return [];
  const [ours, theirs, oursPlain, theirsPlain] = found as [Profile, Profile, Profile, Profile];
  const [asked, askedTheirs] = [excess(ours, oursPlain), excess(theirs, theirsPlain)];
  return [
    say('not polled', {
      ours: rounded(total(asked)),
      theirs: rounded(total(askedTheirs)),
      plain: rounded(total(oursPlain)),
      plainTheirs: rounded(total(theirsPlain)),
      differences: largest(asked, NAMED),
    }),
  ];
}

/** One sentence for each way to notify, with the rows' own numbers. */
function notification(rows: readonly Row[], text: string, wake: 'record' | 'polled'): string[] {
  if (find(rows, { section: 'emit', variant: 'dtrace_reserve', size: 48, wake: 'polled' }) === undefined) return [];
  const at = (variant: string): string =>
    cell(find(rows, { section: 'emit', variant, size: 48, fill: false, wake })?.value);
  const [ours, forced] = [at('dtrace_reserve'), at('ringbuf_reserve')];
  return [say(text, { ours, forced, adaptive: at('ringbuf_adaptive'), perf: at('perf_percpu') })];
}

/** Paragraphs; none without the rows. */
export function remains(results: Results): string[] {
  const { rows, profiles = [] } = results;
  const missed = targets(rows).filter((each) => !each.reached);
  if (missed.length === 0 && profiles.length === 0) return [];
  return [
    ...(missed.length === 0
      ? [say('reached')]
      : missed.map(({ what, measured, limit }) => say('missed', { what, measured, limit }))),
    ...notification(rows, 'one batch', 'record'),
    ...notPolled(profiles),
    ...notification(rows, 'polled', 'polled'),
    ...wakeUp(profiles),
    ...endToEnd(results),
    ...unused(results),
  ];
}
