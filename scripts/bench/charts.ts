/** Line charts as self-contained SVG: log axes, no script, no font file, readable on light and dark pages. */
import { escapeHtml } from './table.ts';
import { renamed } from './tables.ts';
import type { Row } from './types.ts';
import { distinct, inOrder, nameOf, select } from './variants.ts';

export interface Line {
  readonly label: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface Chart {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly lines: readonly Line[];
}

export interface NamedSvg {
  /** File name without its ending. */
  readonly name: string;
  readonly title: string;
  readonly svg: string;
}

/** Parts of other variants would only crowd the picture. */
const NOT_DRAWN = ['dtrace_pair_only', 'lookup_percpu', 'kprobe_percpu', 'read_only'];

const WIDTH = 720;
const HEIGHT = 380;
const LEFT = 64;
const TOP = 36;
/** Edges of the plot; the legend is to the right of it. */
const RIGHT = WIDTH - 190;
const BOTTOM = HEIGHT - 48;
const SVG_STYLE = 'role="img" font-family="sans-serif" font-size="11"';
const MAX_TICKS = 10;
/** Colour-blind safe (Okabe and Ito), the first for the series under test. */
const COLOURS = ['#d55e00', '#0072b2', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#7f7f7f', '#999933'];

/** A chart without a point is left out. */
export function chartsOf(rows: readonly Row[]): NamedSvg[] {
  const drawn = rows.filter((row) => !NOT_DRAWN.includes(row.variant));
  const series = (section: 'emit' | 'strings', fill: boolean | null): Row[] =>
    select(drawn, { boot: 'series', wake: 'watermark', section, ...(fill === null ? {} : { fill }) });
  const chart = (name: string, title: string, x: string, y: string, shown: readonly Row[]): NamedSvg[] => {
    const svg = toSvg({ title, x, y, lines: linesOf(shown) });
    return svg === null ? [] : [{ name, title, svg }];
  };
  const bare = [...series('emit', false), ...renamed(rows, 'v1-inpage', 'dtrace_reserve', 'RFC v1 (in page)')];
  const growth = select(rows, { section: 'growth' });
  return [
    ...chart('emit-bare', 'Emit a record: the mechanism alone', 'bytes of payload', 'instructions a record', bare),
    ...chart(
      'emit-filled',
      'Emit a record: with the payload stored',
      'bytes of payload',
      'instructions a record',
      series('emit', true),
    ),
    ...chart(
      'strings',
      'A record with a string',
      'length of the string',
      'instructions a record',
      series('strings', null),
    ),
    ...distinct(growth, (row) => row.source).flatMap((what) => {
      const name = `growth-${what.replaceAll(' ', '-')}`;
      return chart(name, `Growth with ${what}`, what, 'instructions an operation', select(growth, { source: what }));
    }),
  ];
}

function linesOf(rows: readonly Row[]): Line[] {
  return inOrder(distinct(rows, (row) => row.variant)).map((variant) => ({
    label: nameOf(variant),
    points: select(rows, { variant })
      .flatMap(({ size, value }) => (size === null ? [] : [{ x: size, y: value }]))
      .sort((a, b) => a.x - b.x),
  }));
}

/** Points at or below zero have no logarithm and are drawn on the lower edge. Null without a point. */
export function toSvg(chart: Chart): string | null {
  const points = chart.lines.flatMap((line) => line.points);
  if (points.length === 0) return null;
  const title = escapeHtml(chart.title);
  const sideways = `translate(14 ${(TOP + BOTTOM) / 2}) rotate(-90)`;
  const across = scale(
    points.map((point) => point.x),
    LEFT,
    RIGHT,
  );
  const up = scale(
    points.map((point) => point.y),
    BOTTOM,
    TOP,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" ${SVG_STYLE}>`,
    `<title>${title}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    `<text x="${LEFT}" y="20" font-size="14" font-weight="bold" fill="#222222">${title}</text>`,
    ...across.ticks.map(([x, label]) => grid(x, x, TOP, BOTTOM) + text(x, BOTTOM + 16, 'middle', label)),
    ...up.ticks.map(([y, label]) => grid(LEFT, RIGHT, y, y) + text(LEFT - 6, y + 4, 'end', label)),
    text((LEFT + RIGHT) / 2, HEIGHT - 10, 'middle', chart.x),
    `<text transform="${sideways}" text-anchor="middle" fill="#222222">${escapeHtml(chart.y)}</text>`,
    ...chart.lines.flatMap((line, at) => draw(line, at, across.place, up.place)),
    '</svg>\n',
  ].join('\n');
}

interface Scale {
  readonly ticks: readonly (readonly [place: number, label: string])[];
  readonly place: (value: number) => number;
}

function scale(values: readonly number[], from: number, to: number): Scale {
  const positive = values.filter((value) => value > 0);
  const low = positive.length === 0 ? 1 : Math.min(...positive);
  const high = Math.max(low * 2, ...positive);
  const bottom = Math.log10(low);
  const span = Math.log10(high) - bottom;
  const place = (value: number): number =>
    Math.round((from + ((Math.log10(Math.max(value, low)) - bottom) / span) * (to - from)) * 10) / 10;
  return {
    place,
    ticks: ticksBetween(low, high).map((tick) => [place(tick), tick >= 1000 ? `${tick / 1000}k` : String(tick)]),
  };
}

/** 1, 2 and 5 of each decade; only decades when that would crowd the axis. */
function ticksBetween(low: number, high: number): number[] {
  const first = Math.floor(Math.log10(low));
  const decades = Array.from({ length: Math.ceil(Math.log10(high)) - first + 1 }, (_, at) => 10 ** (first + at));
  const inside = (list: readonly number[]): number[] =>
    list.filter((tick) => tick >= low * 0.999 && tick <= high * 1.001);
  const fine = inside(decades.flatMap((decade) => [decade, 2 * decade, 5 * decade]));
  return fine.length > MAX_TICKS ? inside(decades) : fine;
}

function grid(x1: number, x2: number, y1: number, y2: number): string {
  return `<line x1="${x1}" x2="${x2}" y1="${y1}" y2="${y2}" stroke="#dddddd"/>`;
}

function text(x: number, y: number, anchor: string, words: string): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" fill="#222222">${escapeHtml(words)}</text>`;
}

/** With its points and its line in the legend. */
function draw({ label, points }: Line, at: number, x: Scale['place'], y: Scale['place']): string[] {
  const colour = COLOURS[at % COLOURS.length] ?? '#000000';
  const [width, radius] = at === 0 ? [2.5, 3] : [1.5, 2];
  const places = points.map((point) => [x(point.x), y(point.y)]);
  const legend = TOP + 8 + at * 18;
  return [
    `<polyline points="${places.join(' ')}" fill="none" stroke="${colour}" stroke-width="${width}"/>`,
    ...places.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="${radius}" fill="${colour}"/>`),
    `<line x1="${RIGHT + 12}" x2="${RIGHT + 32}" y1="${legend}" y2="${legend}" stroke="${colour}" stroke-width="2"/>`,
    text(RIGHT + 38, legend + 4, 'start', label.trim()),
  ];
}
