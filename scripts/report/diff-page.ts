/** Two compared versions as one self-contained page. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fillFile } from '../bench/texts.ts';
import type { DiffRecord, DiffRow } from '../records/diff.ts';
import { escapeXml } from './junit.ts';

const h = escapeXml;
const file = (name: string): string => join(import.meta.dirname, name);

interface Texts {
  /** Which versions. */
  readonly title: string;
  /** How many of each word. */
  readonly summary: string;
  /** What else is to be said of a row. */
  readonly remarks: (row: DiffRow) => readonly string[];
}

export function diffPage(record: DiffRecord, { title, summary, remarks }: Texts): string {
  const { old, new: is, rows } = record;
  const number = (side: DiffRow['old']): string => (side === null ? '' : String(side.number));
  const cells = rows.map((row, index) => {
    const more = remarks(row).map((remark) => `<br><small>${h(remark)}</small>`);
    const subject = h((row.new ?? row.old)?.subject ?? '');
    const name = row.text === '' ? subject : `<a href="#row-${index + 1}">${subject}</a>`;
    const kind = row.word === 'same' ? 'ok' : row.word === 'code' || row.word === 'removed' ? 'bad' : 'skip';
    return [
      `<tr><td class="n">${number(row.old)}</td><td class="n">${number(row.new)}</td>`,
      `<td><span class="${kind}">${row.word}</span></td><td class="words">${name}${more.join('')}</td></tr>`,
    ].join('');
  });
  const texts = rows.flatMap((row, index) => {
    if (row.text === '') return [];
    const head = h(`${number(row.new)} ${row.new?.subject ?? ''}: ${row.word}`);
    const lines = row.text.split('\n').map(line).join('\n');
    return [`<details id="row-${index + 1}" open><summary>${head}</summary><pre tabindex="0">${lines}</pre></details>`];
  });
  return fillFile(file('diff-page.html'), {
    title: h(title),
    style: readFileSync(file('page.css'), 'utf8'),
    sides: `${old.kind} against ${is.kind}`,
    summary: h(summary),
    rows: cells.join('\n'),
    texts: texts.length === 0 ? '<p>Nothing.</p>' : texts.join('\n'),
  });
}

/** The outer mark, which is of the comparison, behind the four blanks of git. */
function line(text: string): string {
  const kind = { '+': 'ok', '-': 'bad', '@': 'none' }[text[4] ?? ''];
  return kind === undefined ? h(text) : `<span class="${kind}">${h(text)}</span>`;
}
