/** Which charts there are. A chart without a point is left out. */
import { toSvg, type Chart, type Series } from './chart.ts';
import { distinct } from './lookup.ts';
import { inOrder, nameOf } from './names.ts';
import type { Row } from './types.ts';

export interface NamedSvg {
  /** File name without its ending. */
  readonly name: string;
  readonly title: string;
  readonly svg: string;
}

/** Parts of other variants would only crowd the picture. */
const NOT_DRAWN = new Set(['dtrace_pair_only', 'lookup_percpu', 'kprobe_percpu', 'read_only']);

export function chartsOf(rows: readonly Row[]): NamedSvg[] {
  const emit = (fill: boolean): Row[] => rows.filter((row) => row.section === 'emit' && row.boot === 'series' && row.fill === fill && row.wake === 'watermark' && !NOT_DRAWN.has(row.variant));
  const posted = rows
    .filter((row) => row.section === 'emit' && row.boot === 'v1-inpage' && row.variant === 'dtrace_reserve' && row.fill === false && row.wake === 'watermark')
    .map((row) => ({ ...row, variant: 'RFC v1 (in page)' }));
  const strings = rows.filter((row) => row.section === 'strings' && row.boot === 'series' && row.wake === 'watermark' && !NOT_DRAWN.has(row.variant));
  const growth = rows.filter((row) => row.section === 'growth');
  const charts: [string, Chart][] = [
    ['emit-bare', { title: 'Emit a record: the mechanism alone', x: 'bytes of payload', y: 'instructions a record', series: lines([...emit(false), ...posted]) }],
    ['emit-filled', { title: 'Emit a record: with the payload stored', x: 'bytes of payload', y: 'instructions a record', series: lines(emit(true)) }],
    ['strings', { title: 'A record with a string', x: 'length of the string', y: 'instructions a record', series: lines(strings) }],
    ...distinct(growth, (row) => row.source).map((dimension): [string, Chart] => [
      `growth-${dimension.replaceAll(' ', '-')}`,
      { title: `Growth with ${dimension}`, x: dimension, y: 'instructions an operation', series: lines(growth.filter((row) => row.source === dimension)) },
    ]),
  ];
  return charts.flatMap(([name, chart]) => {
    const svg = toSvg(chart);
    return svg === null ? [] : [{ name, title: chart.title, svg }];
  });
}

function lines(rows: readonly Row[]): Series[] {
  return inOrder(distinct(rows, (row) => row.variant)).map((variant) => ({
    label: nameOf(variant).short,
    points: rows
      .flatMap((row) => (row.variant === variant && row.size !== null ? [{ x: row.size, y: row.value }] : []))
      .sort((a, b) => a.x - b.x),
  }));
}
