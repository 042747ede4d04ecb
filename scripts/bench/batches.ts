/** Profiles of what was measured, from the counts of its very batches. */
import { attribute, BadCounts, byInstructions, instructions, type CodeSymbol } from './profile.ts';
import { rowKey } from './rows.ts';
import type { Profile, Reading, Section } from './types.ts';

/** Sections whose batches are marked, see batch_begin() in selftests/bench/native. */
export const MARKED: readonly Section[] = ['idle', 'stream'];

/** What the marks themselves take, at most: the one at the begin and the one at the end are half in the batch. */
const MARKS_TAKE = 1000;

/** Where nothing sleeps the clock counts the same instructions. */
function check(reading: Reading, counts: readonly string[]): void {
  for (const [at, elapsed] of reading.section === 'idle' ? reading.elapsed.entries() : []) {
    const more = instructions(counts[at] ?? '') - elapsed;
    if (more < 0 || more > MARKS_TAKE)
      throw new BadCounts(`${rowKey(reading)}: a batch of ${elapsed} instructions, and ${more} more were counted`);
  }
}

/** Behind the key of the batch that took most. */
export const MOST = ', most';

/**
 * `counts` has a text for each batch of each marked reading, in their order. Of a program that uses nothing the batch
 * that took least and the one that took most; of a way from end to end, steady, the median: both as rows.ts takes them.
 * @throws BadCounts when there are more or fewer, or they are not those of the batch
 */
export function profilesOf(
  readings: readonly Reading[],
  counts: readonly string[],
  symbols: readonly CodeSymbol[],
): Profile[] {
  const marked = readings.filter((reading) => MARKED.includes(reading.section));
  const batches = marked.reduce((sum, reading) => sum + reading.elapsed.length, 0);
  if (batches !== counts.length) throw new BadCounts(`${counts.length} batches were counted, ${batches} measured`);
  let at = 0;
  return marked.flatMap((reading) => {
    const counted = counts.slice(at, at + reading.elapsed.length);
    at += reading.elapsed.length;
    check(reading, counted);
    const mine = byInstructions(counted);
    const of = (label: string, one: string | undefined): Profile => {
      const { boot, section, variant, source } = reading;
      return { label, boot, section, variant, source, shares: attribute(one, symbols, reading.batch) };
    };
    const key = rowKey(reading);
    if (reading.section === 'idle') return [of(key, mine[0]), of(`${key}${MOST}`, mine.at(-1))];
    return reading.variant === 'steady' ? [of(key, mine[mine.length >> 1])] : [];
  });
}
