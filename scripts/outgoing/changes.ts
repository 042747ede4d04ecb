/** What the cover letter says about the version before. Pure. */
import { basename } from 'node:path';
import type { DiffRecord, DiffSide } from '../records/diff.ts';
import { rangeDiffText, summary, wordTable } from './diff-text.ts';

export interface Changes {
  /** For the end of the letter's text. */
  readonly table: string;
  /** For the place behind the diffstat, where git format-patch --range-diff has it. */
  readonly rangeDiff: string;
}

/** A mail says nothing of where files are on a person's machine. */
function publicName({ kind, name }: DiffSide): string {
  return kind === 'revision' ? name : basename(name);
}

/** Two versions of the same number have only their names. */
export function changesOf(record: DiffRecord): Changes {
  const { old, new: is } = record;
  const label = old.label === is.label ? publicName(old) : old.label;
  const moved = old.base !== null && is.base !== null && old.base !== is.base;
  const title = `Changes since ${label}${moved ? `, which is for ${old.base}` : ''}`;
  const rows = wordTable(record).map((row) => `  ${row}`);
  return {
    table: [title, '-'.repeat(title.length), '', `${summary(record)}.`, '', ...rows].join('\n'),
    rangeDiff: `Range-diff against ${label}:\n${rangeDiffText(record)}`,
  };
}
