/** Two compared versions as text. Pure. */
import { WORDS, type DiffRecord, type DiffRow, type DiffSide } from '../records/diff.ts';

/** As git range-diff has them. */
const SIGNS = { same: '=', message: '!', context: '!', code: '!', added: '>', removed: '<' } as const;

/** `11 patches: 9 same, 1 code, 1 added`. */
export function summary({ new: { patches }, rows }: DiffRecord): string {
  const counts = WORDS.flatMap((word) => {
    const count = rows.filter((row) => row.word === word).length;
    return count === 0 ? [] : [`${count} ${word}`];
  });
  return `${patches} ${patches === 1 ? 'patch' : 'patches'}: ${counts.join(', ')}`;
}

/** What the word leaves open: where the patch was, and how it was called. */
export function remarks({ old, new: is, word, message }: DiffRow): string[] {
  const both = old !== null && is !== null;
  return [
    ...(both && old.subject !== is.subject ? [`was "${old.subject}"`] : []),
    ...(message && word !== 'message' && !(both && old.subject !== is.subject) ? ['and the message'] : []),
  ];
}

/** A line for each patch: its numbers, the word, the subject. */
export function wordTable(record: DiffRecord): string[] {
  const width = String(Math.max(record.old.patches, record.new.patches)).length;
  const number = (side: DiffRow['old']): string => (side === null ? '-' : String(side.number)).padStart(width);
  return record.rows.flatMap((row) => {
    const start = `${number(row.old)} ${number(row.new)}  ${row.word.padEnd(7)}  `;
    const rest = remarks(row).map((remark) => `${' '.repeat(start.length)}(${remark})`);
    return [`${start}${(row.new ?? row.old)?.subject ?? ''}`, ...rest];
  });
}

/** As git range-diff prints it, without the ids of commits that only one machine has. */
export function rangeDiffText(record: DiffRecord): string {
  const width = String(Math.max(record.old.patches, record.new.patches)).length;
  const number = (side: DiffRow['old']): string => `${side === null ? '-' : side.number}:`.padStart(width + 1);
  return record.rows
    .flatMap((row) => [
      `${number(row.old)} ${SIGNS[row.word]} ${number(row.new)} ${(row.new ?? row.old)?.subject ?? ''}`,
      ...(row.text === '' ? [] : [row.text]),
    ])
    .join('\n');
}

type Side = Pick<DiffSide, 'name' | 'label' | 'base'>;

/** `v1 (v1 for v6.12) against patches (v2 for v7.3)`. */
export function sides({ old, new: is }: { readonly old: Side; readonly new: Side }): string {
  const side = ({ name, label, base }: Side): string => `${name} (${label}${base === null ? '' : ` for ${base}`})`;
  return `${side(old)} against ${side(is)}`;
}

export function formatDiff(record: DiffRecord): string {
  return [sides(record), '', ...wordTable(record), '', summary(record), '', rangeDiffText(record), ''].join('\n');
}
