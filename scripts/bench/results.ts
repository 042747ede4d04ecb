/** RESULTS.md, the cover letter's text and the HTML page, from the same rows; byte-stable for the same rows. */
import { join } from 'node:path';
import { chartsOf } from './charts.ts';
import { judgeClaims } from './claims.ts';
import { endToEndTables } from './end-to-end.ts';
import { profileTable } from './profile.ts';
import { remains } from './remains.ts';
import { escapeHtml, markdownLine, scrolling, toHtml, toMarkdown, toText, wrap, type Table } from './table.ts';
import { tablesOf } from './tables.ts';
import { targetRows } from './targets.ts';
import { fillFile, paragraphs, say, TEXTS_DIR } from './texts.ts';
import type { Provenance, Results, Row } from './types.ts';
import { unusedTable } from './unused.ts';
import { distinct } from './variants.ts';

const COVER_TABLES = [
  'Emit a record, mechanism alone, watermark',
  'Emit a record, payload stored, watermark',
  'Reach the action, retpolines on',
];

function provenanceLines({
  kernel,
  base,
  tree,
  config,
  compiler,
  qemu,
  cpu,
  accelerator,
  mitigation,
}: Provenance): string[] {
  return [
    say('kernel', { kernel, base, tree, config, compiler }),
    say('machine', { qemu, cpu, accelerator, mitigation }),
  ];
}

export function toResultsMarkdown(results: Results, reproduced: string): string {
  const { rows, provenance } = results;
  const claims = judgeClaims(rows).map(({ id, claim, verdict, sentence, shownBy }) =>
    markdownLine([id, claim, `**${verdict}**. ${sentence}`, shownBy.map((key) => `\`${key}\``).join(', ')]),
  );
  return fillFile(join(TEXTS_DIR, 'RESULTS.md'), {
    date: provenance.date,
    provenance: provenanceLines(provenance).join(' '),
    caveats: paragraphs('caveats')
      .map((caveat) => `- ${caveat}`)
      .join('\n'),
    spread: spreadSentence(rows),
    batches: distinct(rows, (row) => row.repetitions)
      .sort((a, b) => a - b)
      .join(' or '),
    reproduced,
    claims: claims.join('\n'),
    figures: figuresPart(rows),
    remains: remainsPart(results),
    tables: tablesOf(rows).map(toMarkdown).join('\n'),
    cover: coverText(results).trimEnd(),
    charts: chartsOf(rows)
      .map((chart) => `![${chart.title}](charts/${chart.name}.svg)`)
      .join('\n\n'),
  });
}

function figuresPart(rows: readonly Row[]): string {
  const figures = targetRows(rows).map(({ label, cells }) => markdownLine([label, ...cells]));
  return figures.length === 0
    ? ''
    : [
        '## Figures to reach',
        '',
        '| figure | limit | measured | |',
        '| --- | ---: | ---: | --- |',
        ...figures,
        '\n',
      ].join('\n');
}

function remainsPart(results: Results): string {
  const texts = remains(results);
  if (texts.length === 0) return '';
  return `${['## What remains, and why', ...texts, ...reasonTables(results).map(toMarkdown)].join('\n\n')}\n\n`;
}

/** What the reasons are read from. */
function reasonTables(results: Results): Table[] {
  const emitted = (results.profiles ?? []).filter(({ section }) => section === 'emit');
  const columns = emitted.map((profile) => ({ ...profile, column: profile.label }));
  const title = 'Where the instructions are';
  return [profileTable(title, columns), ...endToEndTables(results), unusedTable(results)].filter(
    (table) => table.rows.length > 0,
  );
}

/** Median and largest spread, and which row has it: a reader should see where the noise is. */
function spreadSentence(rows: readonly Row[]): string {
  const sorted = rows.filter((row) => row.section !== 'stream').sort((a, b) => a.spread - b.spread);
  const middle = sorted[Math.floor(sorted.length / 2)];
  const worst = sorted.at(-1);
  if (middle === undefined || worst === undefined) return 'none measured.';
  return say('spread', { middle: middle.spread, worst: worst.spread, key: worst.key });
}

/** At most 72 columns, plain text. */
export function coverText({ rows, provenance }: Results): string {
  const claims = judgeClaims(rows).filter((claim) => claim.verdict !== 'not measured');
  return [
    ...tablesOf(rows)
      .filter((table) => COVER_TABLES.includes(table.title))
      .map(toText),
    ...claims.flatMap(({ id, verdict, sentence }) => [...wrap(`${id} ${verdict}: ${sentence}`), '']),
    ...[say('not cycles'), ...provenanceLines(provenance)].flatMap((line) => wrap(line)),
    '',
  ].join('\n');
}

/** What a page shows: claims, figures, charts and tables, as a fragment without any address to fetch from. */
export function toFragment(results: Results): string {
  const { rows, provenance } = results;
  const tagged = (tag: string, texts: readonly string[]): string[] =>
    texts.map((text) => `<${tag}>${escapeHtml(text)}</${tag}>`);
  const figures = {
    title: 'Figures to reach',
    note: 'Instructions.',
    columns: ['limit', 'measured', ''],
    rows: targetRows(rows),
  };
  const shown = [...tablesOf(rows), ...reasonTables(results)];
  return [
    ...tagged('p', provenanceLines(provenance)),
    '<ul>',
    ...tagged('li', paragraphs('caveats')),
    '</ul>',
    '<h3>The claims of the 2019 thread</h3>',
    '<dl>',
    ...judgeClaims(rows).map(
      ({ id, claim, verdict, sentence }) =>
        `<dt><b>${id}</b> ${escapeHtml(claim)}</dt><dd><b>${verdict}</b>: ${escapeHtml(sentence)}</dd>`,
    ),
    '</dl>',
    ...(figures.rows.length === 0 ? [] : [toHtml(figures)]),
    ...tagged('p', remains(results)),
    // HTML knows what an svg element is; files need to be told
    ...chartsOf(rows).map((chart) => scrolling(chart.title, chart.svg.replace(/ xmlns="[^"]*"/, ''))),
    ...shown.filter((table) => table.rows.length > 0).map(toHtml),
  ].join('\n');
}

/** One self-contained page: no script, no style sheet, no address to fetch from. */
export function toPage(results: Results, reproduced: string): string {
  return fillFile(join(TEXTS_DIR, 'page.html'), { reproduced: escapeHtml(reproduced), results: toFragment(results) });
}
