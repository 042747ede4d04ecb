/**
 * Whether the letters of one text stand in another in their order, close together, but with those of another writer
 * between them. Pure.
 */

/** Two writers take turns after a few letters, at most after what a serial port holds. */
const GAP_LETTERS = 16;
/** Letters of the other writer; one or two are the same phrase in other words. Less in a phrase that is short. */
const FOREIGN_LETTERS = 6;
const LETTERS_PER_FOREIGN = 4;
/** The other writer may be the faster one, but the letters of few words stand all over a long text. */
const FOREIGN_PER_LETTER = 4;
const FOREIGN_PER_WEIGHT_OF_FEW = 2;
/** In letters of which ordinary text is full; one that it seldom has counts as two. */
const MANY = 27;
const FEW = 18;
const FEWEST_LETTERS = 11;
const SELDOM = /[^a-z ]/g;

function weight(phrase: string): number {
  return phrase.length + (phrase.match(SELDOM)?.length ?? 0);
}

/** Whether a phrase is long, or rare, enough to be told from ordinary text that has its letters by chance. */
export function isTelling(phrase: string): boolean {
  return phrase.length >= FEWEST_LETTERS && weight(phrase) >= FEW;
}

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
  const heavy = weight(phrase);
  const most = heavy < MANY ? heavy * FOREIGN_PER_WEIGHT_OF_FEW : phrase.length * FOREIGN_PER_LETTER;
  return foreign >= Math.min(FOREIGN_LETTERS, Math.floor(phrase.length / LETTERS_PER_FOREIGN)) && foreign <= most;
}
