/** A table as data, and its three renderings. Numbers are right-aligned, labels are not. */
export interface Table {
  readonly title: string;
  /** What the numbers are, and under which conditions. */
  readonly note: string;
  /** Heads of the columns after the label. */
  readonly columns: readonly string[];
  readonly rows: readonly { readonly label: string; readonly cells: readonly string[] }[];
}

/** Three significant figures at least, no decimals from a hundred on: 7.5, 119, 13211. Missing values are a dash. */
export function cell(value: number | undefined): string {
  if (value === undefined) return '-';
  return Math.abs(value) >= 100 || Number.isInteger(value) ? String(Math.round(value)) : value.toFixed(1);
}

export function toMarkdown(table: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    `### ${table.title}`,
    '',
    table.note,
    '',
    line(['', ...table.columns]),
    line(['---', ...table.columns.map(() => '---:')]),
    ...table.rows.map((row) => line([row.label.trim(), ...row.cells])),
    '',
  ].join('\n');
}

export const TEXT_COLUMNS = 72;

/** For a mail: indented by two, never wider than 72 columns; columns that do not fit are dropped from the middle. */
export function toText(table: Table): string {
  const label = Math.max(...table.rows.map((row) => row.label.length), 0);
  const widths = table.columns.map((head, at) => Math.max(head.length, ...table.rows.map((row) => (row.cells[at] ?? '').length)) + 2);
  const kept = fitting(widths, TEXT_COLUMNS - 2 - label);
  const line = (first: string, cells: readonly string[]): string =>
    `  ${first.padEnd(label)}${kept.map((at) => (cells[at] ?? '').padStart(widths[at] ?? 0)).join('')}`.trimEnd();
  return [...wrap(`${table.title}: ${table.note}`), '', line('', table.columns), ...table.rows.map((row) => line(row.label, row.cells)), ''].join('\n');
}

/** Indexes that fit into `room`: the first and the last stay, the middle is thinned. */
function fitting(widths: readonly number[], room: number): number[] {
  const kept = widths.map((_, at) => at);
  const total = (): number => kept.reduce((sum, at) => sum + (widths[at] ?? 0), 0);
  while (total() > room && kept.length > 1) kept.splice(Math.floor(kept.length / 2), 1);
  return kept;
}

export function wrap(text: string, columns = TEXT_COLUMNS): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return line === '' ? lines : [...lines, line];
}

export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

export function toHtml(table: Table): string {
  const row = (tag: string, cells: readonly string[]): string => `<tr>${cells.map((each) => `<${tag}>${escapeHtml(each)}</${tag}>`).join('')}</tr>`;
  return [
    `<h3>${escapeHtml(table.title)}</h3>`,
    `<p>${escapeHtml(table.note)}</p>`,
    '<table>',
    row('th', ['', ...table.columns]),
    ...table.rows.map((each) => row('td', [each.label, ...each.cells])),
    '</table>',
  ].join('\n');
}
