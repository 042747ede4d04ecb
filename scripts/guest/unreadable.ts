/** Whether a console can be trusted to show a report at all; pure. */
import { clean, isMarker } from './console-text.ts';
import { PHRASES } from './splat-heads.ts';

/** Two writers take turns after a few letters. */
const GAP_LETTERS = 4;
/** Letters of another writer that have to stand between those of the phrase; one or two are a phrase in other words. */
const FOREIGN_LETTERS = 4;
/** Without tab, newline, carriage return and escape. */
const CONTROL = /[\x01-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]/g;
const CONTROL_BYTES = 3;
const NULS = /\0{16,}/;

/** Whether the letters of `phrase` stand in `text` in their order, close together, but with others between them. */
function isMixedInto(text: string, phrase: string): boolean {
  const letters = [...phrase].map((letter) => letter.replace(/\W/, '\\$&'));
  const mixed = new RegExp(`(?=(${letters.join(`[^]{0,${GAP_LETTERS}}?`)}))`, 'g');
  return [...text.matchAll(mixed)].some(([, found = '']) => found.length >= phrase.length + FOREIGN_LETTERS);
}

/** The first line that cannot be read, with its reason; undefined when all can. */
export function findUnreadable(lines: readonly string[]): { readonly index: number; readonly why: string } | undefined {
  for (const [index, line] of lines.entries()) {
    if (isMarker(line)) continue;
    if ((line.match(CONTROL)?.length ?? 0) >= CONTROL_BYTES) return { index, why: 'control characters' };
    if (NULS.test(line)) return { index, why: 'NUL bytes where text was' };
    const next = lines[index + 1] ?? '';
    const text = `${clean(line)}\n${isMarker(next) ? '' : clean(next)}`;
    if (PHRASES.some((phrase) => isMixedInto(text, phrase))) return { index, why: 'the letters of two writers are mixed' };
  }
  return undefined;
}
