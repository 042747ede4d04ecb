/** A table as data, and its three renderings. Numbers are right-aligned, labels are not. */
export interface Table {
  readonly title: string;
  /** What the numbers are, and under which conditions. */
  readonly note: string;
  /** Heads of the columns after the label. */
  readonly columns: readonly string[];
  readonly rows: readonly { readonly label: string; readonly cells: readonly string[] }[];
}

/** One decimal below a hundred, if it says something: 7.5, 8, 119, 13211. Missing values are a dash. */
export function cell(value: number | null | undefined): string {
  if (value === undefined || value === null) return '-';
  const text = value.toFixed(Math.abs(value) >= 100 ? 0 : 1);
  return text.replace(/^-?0\.0$/, '0').replace(/\.0$/, '');
}

export const markdownLine = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

export function toMarkdown({ title, note, columns, rows }: Table): string {
  const head = [
    ['', ...columns],
    ['---', ...columns.map(() => '---:')],
  ];
  const lines = [...head, ...rows.map((row) => [row.label.trim(), ...row.cells])].map(markdownLine);
  return [`### ${title}`, '', note, '', ...lines, ''].join('\n');
}

export const TEXT_COLUMNS = 72;

/** For a mail: indented by two, never wider than 72 columns; columns that do not fit are dropped from the middle. */
export function toText({ title, note, columns, rows }: Table): string {
  const label = Math.max(...rows.map((row) => row.label.length), 0);
  const widths = columns.map(
    (head, at) => Math.max(head.length, ...rows.map((row) => (row.cells[at] ?? '').length)) + 2,
  );
  const kept = fitting(widths, TEXT_COLUMNS - 2 - label);
  const padded = (cells: readonly string[]): string =>
    kept.map((at) => (cells[at] ?? '').padStart(widths[at] ?? 0)).join('');
  const line = (first: string, cells: readonly string[]): string =>
    `  ${first.padEnd(label)}${padded(cells)}`.trimEnd();
  return [
    ...wrap(`${title}: ${note}`),
    '',
    line('', columns),
    ...rows.map((row) => line(row.label, row.cells)),
    '',
  ].join('\n');
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
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > columns) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export const escapeHtml = (text: string): string => text.replace(/[&<>"]/g, (found) => ENTITIES[found] ?? found);

/** What may be wider than a screen moves by itself, with the keyboard too. */
export const scrolling = (label: string, html: string): string =>
  `<div class="scroll" tabindex="0" role="region" aria-label="${escapeHtml(label)}">${html}</div>`;

export function toHtml({ title, note, columns, rows }: Table): string {
  const tags = (tag: string, cells: readonly string[]): string =>
    cells.map((each) => `<${tag}>${escapeHtml(each)}</${tag}>`).join('');
  const lines = [tags('th', ['', ...columns]), ...rows.map(({ label, cells }) => tags('td', [label, ...cells]))];
  return [
    `<h3>${escapeHtml(title)}</h3>`,
    `<p>${escapeHtml(note)}</p>`,
    scrolling(title, ['<table>', ...lines.map((line) => `<tr>${line}</tr>`), '</table>'].join('\n')),
  ].join('\n');
}
