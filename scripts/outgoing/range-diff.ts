/** `git range-diff` of the patches that are not the same, pair by pair: which patch is which has been decided. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { gitText } from '../lib/git.ts';
import { temporaryRoot } from '../lib/temporary.ts';
import type { DiffRow, DiffSide, DiffRecord } from '../records/diff.ts';
import type { Patch } from '../series/patchfile.ts';
import { wordOf } from './compare.ts';
import { pairUp, type Pair } from './pair.ts';
import { standInCommits } from './stand-in.ts';
import type { Version } from './version.ts';

/** At git's own factor of 60, two patches that have little in common would be one removed and one added. */
const RANGE_DIFF = ['range-diff', '--no-color', '--no-notes', '--creation-factor=999'] as const;

export async function compareVersions(old: Version, next: Version, signal?: AbortSignal): Promise<DiffRecord> {
  const rows = pairUp(old.patches, next.patches).map((pair) => rowOf(pair, old.patches, next.patches));
  const texts = await rangeDiffs(
    rows.flatMap((row, index) => {
      const [was, is] = [old.patches[(row.old?.number ?? 0) - 1], next.patches[(row.new?.number ?? 0) - 1]];
      return row.word === 'same' || was === undefined || is === undefined ? [] : [{ index, was, is }];
    }),
    signal,
  );
  return {
    stage: 'diff',
    old: sideOf(old),
    new: sideOf(next),
    rows: rows.map((row, index) => ({ ...row, text: texts.get(index) ?? '' })),
  };
}

function rowOf({ old, next }: Pair, olds: readonly Patch[], nexts: readonly Patch[]): Omit<DiffRow, 'text'> {
  const [was, is] = [old === undefined ? undefined : olds[old], next === undefined ? undefined : nexts[next]];
  const named = (patch: Patch | undefined, index: number | undefined): DiffRow['old'] =>
    patch === undefined || index === undefined ? null : { number: index + 1, subject: patch.subject };
  const found =
    was === undefined || is === undefined
      ? { word: is === undefined ? ('removed' as const) : ('added' as const), message: false }
      : wordOf(was, is);
  return { ...found, old: named(was, old), new: named(is, next) };
}

function sideOf({ name, kind, label, base, patches }: Version): DiffSide {
  return { name, kind, label, base, patches: patches.length };
}

interface Two {
  readonly index: number;
  readonly was: Patch;
  readonly is: Patch;
}

async function rangeDiffs(pairs: readonly Two[], signal?: AbortSignal): Promise<Map<number, string>> {
  const texts = new Map<number, string>();
  if (pairs.length === 0) return texts;
  const dir = mkdtempSync(join(temporaryRoot(), 'dtrace-bpf-range-diff-'));
  const options = signal === undefined ? {} : { signal };
  try {
    await gitText(dir, ['init', '-q', '--bare', '--template=', '.'], options);
    const commits = pairs.flatMap(({ index, was, is }) => [
      standInCommits(was, `old-${index}`),
      standInCommits(is, `new-${index}`),
    ]);
    await gitText(dir, ['fast-import', '--quiet'], { ...options, input: Buffer.concat(commits) });
    for (const { index } of pairs) {
      const ranges = ['old', 'new'].map((side) => `${side}-${index}^..${side}-${index}`);
      const text = await gitText(dir, [...RANGE_DIFF, ...ranges], options);
      texts.set(index, text.split('\n').slice(1).join('\n').trimEnd());
    }
    return texts;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
