/** Pieces of the page. What is passed as `html` is markup already; everything else is text. */
import { scrolling } from '../bench/table.ts';
import { escapeXml } from './junit.ts';

export const h = escapeXml;

export const mark = (kind: 'ok' | 'bad' | 'skip' | 'none', text: string): string =>
  `<span class="${kind}">${h(text)}</span>`;

export const code = (text: string): string => `<code>${h(text)}</code>`;

export interface Column {
  readonly head: string;
  readonly numeric?: true;
  /** Left out on a narrow screen. */
  readonly minor?: true;
}

/** The first column names its row. */
export function table(label: string, columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const cell = (tag: string, html: string, { numeric, minor }: Partial<Column> = {}): string => {
    const classes = [...(numeric ? ['n'] : []), ...(minor ? ['minor'] : [])].join(' ');
    return `<${tag}${classes === '' ? '' : ` class="${classes}"`}>${html}</${tag.split(' ')[0]}>`;
  };
  const body = rows.map(([first = '', ...cells]) => {
    const rest = cells.map((html, at) => cell('td', html, columns[at + 1]));
    return `<tr>${cell('th scope="row"', first, columns[0])}${rest.join('')}</tr>`;
  });
  const heads = columns.map((column) => cell('th scope="col"', h(column.head), column)).join('');
  return scrolling(label, `<table><thead><tr>${heads}</tr></thead>\n<tbody>\n${body.join('\n')}\n</tbody></table>`);
}

/** A part that only some readers open; a link to `id` opens it. */
export function folded(summary: string, html: string, { id = '', open = false } = {}): string {
  const target = id === '' ? html : `<div id="${h(id)}">${html}</div>`;
  return `<details${open ? ' open' : ''}><summary>${h(summary)}</summary>${target}</details>`;
}

export const section = (title: string, html: string, id = ''): string =>
  html === ''
    ? ''
    : `<section${id === '' ? '' : ` id="${id}" tabindex="-1"`}>\n<h2>${h(title)}</h2>\n${html}\n</section>`;
