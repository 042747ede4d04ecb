/**
 * The diffs of other bases follow their patches when those get other numbers. They are renamed in two steps, with the
 * manifest written in between: a name that holds the patch's own says whose a file is, whenever a refresh was killed.
 * Pure.
 */
import type { Problem } from '../lib/errors.ts';
import { DIFF_NAME, EXTRA_NAME, diffName, MOVING_NAME } from '../series/overlay.ts';
import { fileNumber } from '../series/schema.ts';
import type { Entry } from './refresh-plan.ts';

export interface Moves {
  /** Names in the base's directory: now, between the two steps, and then. */
  readonly renamed: readonly { readonly name: string; readonly via: string; readonly to: string }[];
  /** Diffs of patches that are no longer there. */
  readonly removed: readonly string[];
  readonly problems: readonly Problem[];
}

/** @param names in patches/BASE; @param entries the patches as they will be */
export function planMoves(
  base: string,
  names: readonly string[],
  entries: readonly Pick<Entry, 'file' | 'from'>[],
): Moves {
  const renamed: { name: string; via: string; to: string }[] = [];
  const removed: string[] = [];
  const problems: Problem[] = [];
  const letters = new Map<number, number>();
  const numberOf = (old: number): number | undefined => {
    const index = entries.findIndex(({ from }) => from !== undefined && fileNumber(from) === old);
    return index < 0 ? undefined : index + 1;
  };
  /** That of the nearest one in front that is still there; 0 when there is none. */
  const survivorOf = (old: number): number => (old === 0 ? 0 : (numberOf(old) ?? survivorOf(old - 1)));
  const found: { name: string; number: number; rest: string }[] = [];
  for (const name of [...names].sort()) {
    const [, slug, moving] = MOVING_NAME.exec(name) ?? [];
    const [, diff] = DIFF_NAME.exec(name) ?? [];
    const [, after, , rest = ''] = EXTRA_NAME.exec(name) ?? [];
    if (slug !== undefined && moving !== undefined) {
      const index = entries.findIndex(({ file }) => file.slice(SLUG) === slug);
      if (index >= 0) found.push({ name, number: index + 1, rest: moving === 'diff' ? moving : moving.slice(1) });
      else
        problems.push({
          code: 'OVERLAY_MOVING',
          message: `${name} is of a patch that is not there any more`,
          position: { file: `patches/${base}/${name}` },
          hint: 'rename it to NNNN.diff, with the number of its patch, or delete it',
        });
    } else if (diff !== undefined) {
      const number = numberOf(Number(diff));
      if (number === undefined) removed.push(name);
      else found.push({ name, number, rest: 'diff' });
    } else if (after !== undefined) found.push({ name, number: survivorOf(Number(after)), rest });
  }
  for (const { name, number, rest } of found) {
    let to = diffName(number);
    if (rest !== 'diff') {
      const letter = letters.get(number) ?? 0;
      letters.set(number, letter + 1);
      to = `${diffName(number).slice(0, 4)}${String.fromCharCode('a'.charCodeAt(0) + letter)}${rest}`;
    }
    // in front of all nothing has another number
    const anchor = entries[Math.max(number, 1) - 1]?.file ?? '';
    const via = `${anchor}.${rest === 'diff' ? rest : to.slice(4)}`;
    if (to !== name) renamed.push({ name, via, to });
  }
  return { renamed, removed, problems };
}

/** `0008-` of a patch's name. */
const SLUG = 5;
