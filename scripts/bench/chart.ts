/** Line charts as self-contained SVG: log axes, no script, no font file, readable on light and dark pages. */
import { escapeHtml } from './table.ts';

export interface Series {
  readonly label: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface Chart {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly series: readonly Series[];
}

const WIDTH = 720;
const HEIGHT = 380;
const LEFT = 64;
const RIGHT = 190;
const TOP = 36;
const BOTTOM = 48;
/** Colour-blind safe (Okabe and Ito), the first for the series under test. */
const COLOURS = ['#d55e00', '#0072b2', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#7f7f7f', '#999933'];

/** Points at or below zero have no logarithm and are drawn on the lower edge. Null without a point. */
export function toSvg(chart: Chart): string | null {
  const points = chart.series.flatMap((series) => series.points);
  if (points.length === 0) return null;
  const across = scale(points.map((point) => point.x), LEFT, WIDTH - RIGHT);
  const up = scale(points.map((point) => point.y), HEIGHT - BOTTOM, TOP);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" font-family="sans-serif" font-size="11">`,
    `<title>${escapeHtml(chart.title)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    `<text x="${LEFT}" y="20" font-size="14" font-weight="bold" fill="#222222">${escapeHtml(chart.title)}</text>`,
    ...across.ticks.map((tick) => grid(across.place(tick), across.place(tick), TOP, HEIGHT - BOTTOM) + text(across.place(tick), HEIGHT - BOTTOM + 16, 'middle', short(tick))),
    ...up.ticks.map((tick) => grid(LEFT, WIDTH - RIGHT, up.place(tick), up.place(tick)) + text(LEFT - 6, up.place(tick) + 4, 'end', short(tick))),
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, 'middle', chart.x),
    `<text transform="translate(14 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle" fill="#222222">${escapeHtml(chart.y)}</text>`,
    ...chart.series.flatMap((series, at) => line(series, at, across.place, up.place)),
    '</svg>',
  ];
  return `${parts.join('\n')}\n`;
}

interface Scale {
  readonly ticks: readonly number[];
  readonly place: (value: number) => number;
}

function scale(values: readonly number[], from: number, to: number): Scale {
  const positive = values.filter((value) => value > 0);
  const low = positive.length === 0 ? 1 : Math.min(...positive);
  const high = Math.max(low * 2, ...positive);
  const bottom = Math.log10(low);
  const span = Math.log10(high) - bottom;
  return {
    ticks: ticksBetween(low, high),
    place: (value) => Math.round((from + ((Math.log10(Math.max(value, low)) - bottom) / span) * (to - from)) * 10) / 10,
  };
}

/** 1, 2 and 5 of each decade; only decades when that would crowd the axis. */
function ticksBetween(low: number, high: number): number[] {
  const decades = Array.from({ length: Math.ceil(Math.log10(high)) - Math.floor(Math.log10(low)) + 1 }, (_, at) => 10 ** (Math.floor(Math.log10(low)) + at));
  const inside = (list: readonly number[]): number[] => list.filter((tick) => tick >= low * 0.999 && tick <= high * 1.001);
  const fine = inside(decades.flatMap((decade) => [decade, 2 * decade, 5 * decade]));
  return fine.length > 10 ? inside(decades) : fine;
}

function short(value: number): string {
  return value >= 1000 ? `${value / 1000}k` : String(value);
}

function grid(x1: number, x2: number, y1: number, y2: number): string {
  return `<line x1="${x1}" x2="${x2}" y1="${y1}" y2="${y2}" stroke="#dddddd"/>`;
}

function text(x: number, y: number, anchor: string, words: string): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" fill="#222222">${escapeHtml(words)}</text>`;
}

function line(series: Series, at: number, x: (value: number) => number, y: (value: number) => number): string[] {
  const colour = COLOURS[at % COLOURS.length] ?? '#000000';
  const places = series.points.map((point) => `${x(point.x)},${y(point.y)}`);
  const legend = TOP + 8 + at * 18;
  return [
    `<polyline points="${places.join(' ')}" fill="none" stroke="${colour}" stroke-width="${at === 0 ? 2.5 : 1.5}"/>`,
    ...series.points.map((point) => `<circle cx="${x(point.x)}" cy="${y(point.y)}" r="${at === 0 ? 3 : 2}" fill="${colour}"/>`),
    `<line x1="${WIDTH - RIGHT + 12}" x2="${WIDTH - RIGHT + 32}" y1="${legend}" y2="${legend}" stroke="${colour}" stroke-width="2"/>`,
    text(WIDTH - RIGHT + 38, legend + 4, 'start', series.label.trim()),
  ];
}
