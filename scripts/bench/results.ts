/** RESULTS.md, the cover letter's text and the HTML page, from the same rows; byte-stable for the same rows. */
import { chartsOf } from './charts.ts';
import type { ClaimResult } from './claim.ts';
import { judgeClaims } from './claims.ts';
import { ascending, distinct } from './lookup.ts';
import { profileTable } from './profile.ts';
import { remains } from './remains.ts';
import { escapeHtml, toHtml, toMarkdown, toText, wrap } from './table.ts';
import { tablesOf } from './tables.ts';
import { targets } from './targets.ts';
import type { Provenance, Results } from './types.ts';

const CAVEATS = [
  'Guest instructions are counted, under QEMU TCG with -icount shift=0: one nanosecond of guest time is one instruction.',
  'Instructions are not cycles: caches, branch prediction and the throughput of copies are not in these numbers.',
  "A memory copy's path depends on the low bits of its addresses: rows with a copy differ by a few instructions from boot to boot.",
  'All variants of a table ran side by side in one boot; tables that compare kernels or command lines take one boot for each.',
  'Wake-up per record: perf with wakeup_events=1, BPF ring buffer with BPF_RB_FORCE_WAKEUP, the interrupt included; nobody polls within a batch. Polled: a record a firing, and the reader polls and reads after each. Watermark: half of a 4 MiB ring, whose wake-ups are spread over thousands of records; BPF ring buffer with BPF_RB_NO_WAKEUP.',
];

export function provenanceLines(from: Provenance): string[] {
  return [
    `Kernel ${from.kernel} (base ${from.base}), source tree ${from.tree}, configuration ${from.config}, ${from.compiler}.`,
    `${from.qemu}, CPU model ${from.cpu}, ${from.accelerator}. Spectre v2: ${from.mitigation}.`,
  ];
}

export function toResultsMarkdown(results: Results, reproduced: string): string {
  const claims = judgeClaims(results.rows);
  const reached = targets(results.rows);
  return [
    '# Benchmark results',
    '',
    '<!-- Written by `npm run bench`; edits are overwritten. -->',
    '',
    `Run of ${results.provenance.date}. ${provenanceLines(results.provenance).join(' ')}`,
    '',
    ...CAVEATS.map((caveat) => `- ${caveat}`),
    `- Spread: largest difference between batches of one row, in instructions an operation: ${spreadSentence(results)}`,
    `- Batches: each number is the median of ${batches(results)} batches.`,
    `- Repetition: ${reproduced}.`,
    '',
    '## The claims of the 2019 thread',
    '',
    '| | claim | verdict | shown by |',
    '| --- | --- | --- | --- |',
    ...claims.map(claimLine),
    '',
    ...(reached.length === 0
      ? []
      : ['## Figures to reach', '', '| figure | limit | measured | |', '| --- | ---: | ---: | --- |', ...reached.map((each) => `| ${each.what} | ${each.limit} | ${each.measured} | ${each.reached ? 'reached' : 'missed'} |`), '']),
    ...remainsLines(results),
    '## Tables',
    '',
    ...tablesOf(results.rows).map(toMarkdown),
    '## For the cover letter',
    '',
    '```',
    coverText(results).trimEnd(),
    '```',
    '',
    '## Charts',
    '',
    ...chartsOf(results.rows).map((chart) => `![${chart.title}](charts/${chart.name}.svg)\n`),
  ].join('\n');
}

function batches(results: Results): string {
  return ascending(distinct(results.rows, (row) => row.repetitions)).join(' or ');
}

function remainsLines(results: Results): string[] {
  const table = profileTable(results.profiles ?? []);
  const paragraphs = remains(results);
  if (paragraphs.length === 0) return [];
  return ['## What remains, and why', '', ...paragraphs.flatMap((text) => [text, '']), ...(table.rows.length === 0 ? [] : [toMarkdown(table)])];
}

function claimLine(result: ClaimResult): string {
  const rows = result.shownBy.map((key) => `\`${key}\``).join(', ');
  return `| ${result.id} | ${result.claim} | **${result.verdict}**. ${result.sentence} | ${rows} |`;
}

/** Median and largest spread, and which row has it: a reader should see where the noise is. */
function spreadSentence(results: Results): string {
  const sorted = [...results.rows].filter((row) => row.section !== 'stream').sort((a, b) => a.spread - b.spread);
  const middle = sorted[Math.floor(sorted.length / 2)];
  const worst = sorted.at(-1);
  if (middle === undefined || worst === undefined) return 'none measured.';
  return `${middle.spread} in the median row, ${worst.spread} in the worst (\`${worst.key}\`, a timer interrupt inside a batch; the median is not moved by it).`;
}

const COVER_TABLES = ['Emit a record, mechanism alone, watermark', 'Emit a record, payload stored, watermark', 'Reach the action, retpolines on'];

/** At most 72 columns, plain text. */
export function coverText(results: Results): string {
  const tables = tablesOf(results.rows).filter((table) => COVER_TABLES.includes(table.title));
  const claims = judgeClaims(results.rows).filter((claim) => claim.verdict !== 'not measured');
  return [
    ...tables.map(toText),
    ...claims.flatMap((claim) => [...wrap(`${claim.id} ${claim.verdict}: ${claim.sentence}`), '']),
    ...wrap('Guest instructions under QEMU TCG with -icount, not cycles.'),
    ...provenanceLines(results.provenance).flatMap((line) => wrap(line)),
    '',
  ].join('\n');
}

/** What a page shows of the results: claims, figures, charts and tables, as a fragment without any address to fetch from. */
export function toFragment(results: Results): string {
  const figures = targets(results.rows).map((each) => ({ label: each.what, cells: [each.limit, each.measured, each.reached ? 'reached' : 'missed'] }));
  return [
    ...provenanceLines(results.provenance).map((line) => `<p>${escapeHtml(line)}</p>`),
    '<ul>',
    ...CAVEATS.map((caveat) => `<li>${escapeHtml(caveat)}</li>`),
    '</ul>',
    '<h3>The claims of the 2019 thread</h3>',
    '<dl>',
    ...judgeClaims(results.rows).map((each) => `<dt><b>${each.id}</b> ${escapeHtml(each.claim)}</dt><dd><b>${each.verdict}</b>: ${escapeHtml(each.sentence)}</dd>`),
    '</dl>',
    ...(figures.length === 0 ? [] : [toHtml({ title: 'Figures to reach', note: 'Instructions.', columns: ['limit', 'measured', ''], rows: figures })]),
    ...remains(results).map((text) => `<p>${escapeHtml(text)}</p>`),
    // HTML knows what an svg element is; files need to be told
    ...chartsOf(results.rows).map((chart) => chart.svg.replace(/ xmlns="[^"]*"/, '')),
    ...[...tablesOf(results.rows), profileTable(results.profiles ?? [])].filter((table) => table.rows.length > 0).map(toHtml),
  ].join('\n');
}

/** One self-contained page: no script, no style sheet, no address to fetch from. */
export function toPage(results: Results, reproduced: string): string {
  const style = 'body{font:15px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}table{border-collapse:collapse;font-size:13px}td,th{border:1px solid #ccc;padding:.2em .5em;text-align:right}td:first-child{text-align:left}svg{max-width:100%}';
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8"><title>dtrace-bpf benchmarks</title>',
    `<style>${style}</style></head><body>`,
    '<h1>Benchmarks</h1>',
    `<p>${escapeHtml(reproduced)}.</p>`,
    toFragment(results),
    '</body></html>',
    '',
  ].join('\n');
}
