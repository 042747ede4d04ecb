/**
 * Whether the letters of one text stand in another in their order, close together, but with those of another writer
 * between them. Pure.
 */

/** Two writers take turns after a few letters, at most after what a serial port holds. */
const GAP_LETTERS = 16;
/** Letters of the other writer; one or two are the same phrase in other words. */
const FOREIGN_LETTERS = 6;
/** The other writer may be the faster one. */
const FOREIGN_PER_LETTER = 4;

function isSubsequence(phrase: string, text: string): boolean {
  let at = -1;
  for (const letter of phrase) {
    at = text.indexOf(letter, at + 1);
    if (at < 0) return false;
  }
  return true;
}

/** The shortest part of `text` that holds the letters, none of them further from the one before than two turns are. */
function shortestSpan(phrase: string, text: string): number {
  // for each position of the letter before: where the latest beginning is that leads there
  let begins = new Map<number, number>();
  [...phrase].forEach((letter, nth) => {
    const next = new Map<number, number>();
    for (let at = text.indexOf(letter); at >= 0; at = text.indexOf(letter, at + 1)) {
      if (nth === 0) next.set(at, at);
      for (let before = at - 1; nth > 0 && before >= at - 1 - GAP_LETTERS; before--) {
        const begin = begins.get(before);
        if (begin !== undefined && begin > (next.get(at) ?? -1)) next.set(at, begin);
      }
    }
    begins = next;
  });
  return Math.min(Infinity, ...[...begins].map(([end, begin]) => end - begin + 1));
}

export function isMixedInto(text: string, phrase: string): boolean {
  if (!isSubsequence(phrase, text)) return false;
  const foreign = shortestSpan(phrase, text) - phrase.length;
  return foreign >= FOREIGN_LETTERS && foreign <= phrase.length * FOREIGN_PER_LETTER;
}
