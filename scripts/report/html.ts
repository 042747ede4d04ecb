/** One self-contained page: no script, no font, no image, no address outside of it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toHtml } from '../bench/table.ts';
import { fillFile } from '../bench/texts.ts';
import { formatDuration } from '../lib/log.ts';
import type { BuildRecord } from '../records/build.ts';
import { totals, verdictLine } from '../records/totals.ts';
import { code, folded, h, mark, section, table, type Column } from './markup.ts';
import { formatFailure, SUITE_NAMES, titleOf, type ConfigReport, type PatchRow, type Report } from './model.ts';
import { redOf, type Red } from './red.ts';
import { tailCalls } from './tail-calls.ts';
import { topicDetails, topicMatrix } from './topics.ts';

const judged = (text: string): string => mark(/^(?:ok|none|\d+ excused$)/.test(text) ? 'ok' : 'bad', text);

/** More than this is folded, so that the list can be seen as one. */
const SHOWN_LINES = 24;

function detailOf(detail: string): string {
  const lines = detail.split('\n').length;
  const html = `<pre>${h(detail)}</pre>`;
  return detail === '' ? '' : lines > SHOWN_LINES ? folded(`${lines} lines`, html) : html;
}

function redItem({ where, what, why, detail, again }: Red): string {
  return [
    `<li><h3>${h(where)}</h3>`,
    `<p><b>${h(what)}</b><br>${mark('bad', why)}</p>${detailOf(detail)}`,
    `<p class="again">Again: <code>${h(again)}</code></p></li>`,
  ].join('\n');
}

const redList = (items: readonly Red[]): string =>
  items.length === 0 ? '' : `<ol class="red">\n${items.map(redItem).join('\n')}\n</ol>`;

/** A column of what was not asked of any patch would say the same in every row. */
function patches({ patches: rows }: Report): string {
  const asked: [string, (row: PatchRow) => string | undefined][] = [
    ['builds alone', ({ builds }) => builds],
    ['W=1, sparse', ({ warnings }) => warnings],
    ['checks', ({ checks }) => checks],
  ];
  const shown = asked.filter(([, of]) => rows.some((row) => of(row) !== undefined));
  const columns: Column[] = [
    { head: 'n' },
    { head: 'patch' },
    { head: 'commit', minor: true },
    { head: '+', numeric: true, minor: true },
    { head: '-', numeric: true, minor: true },
    { head: 'files', numeric: true, minor: true },
    { head: 'applies' },
    ...shown.map(([head]) => ({ head })),
  ];
  const cells = rows.map((row) => [
    h(row.id),
    h(row.subject),
    code(row.commit.slice(0, 12)),
    `+${row.added}`,
    `-${row.removed}`,
    String(row.files),
    row.fit === 'exact' ? 'exact' : mark('skip', row.fit),
    ...shown.map(([, of]) => {
      const text = of(row);
      return text === undefined ? mark('none', 'not asked') : judged(text);
    }),
  ]);
  return table('Patches', columns, cells);
}

/** Patch x check. What did not run is neither right nor wrong. */
function checks({ patches: rows }: Report): string {
  const heads = rows.find(({ columns }) => columns.length > 0)?.columns.map(({ check }) => check) ?? [];
  const cells = rows.map(({ id, columns }) => [
    h(id),
    ...heads.map((head) => {
      const { verdict = 'not asked' } = columns.find(({ check }) => check === head) ?? {};
      return /^(?:not|left|no) /.test(verdict) ? mark('none', verdict) : judged(verdict);
    }),
  ]);
  const columns = ['n', ...heads].map((head) => ({ head }));
  return heads.length === 0 ? '' : folded('Each check of each patch', table('Checks of the patches', columns, cells));
}

/** The files that say anything but "all passed"; the others are a number. */
function suites(report: Report): string {
  const counted = (count: { passed: number; failed: number; skipped: number }): string[] => [
    count.failed > 0 ? mark('bad', `${count.failed} failed`) : mark(count.skipped > 0 ? 'skip' : 'ok', 'ok'),
    `${count.passed} / ${count.failed} / ${count.skipped}`,
  ];
  const rows = report.suites.flatMap((suite) => [
    [h(SUITE_NAMES[suite.stage]), ...counted(suite)],
    ...suite.files.flatMap(({ file, tests }) => {
      const count = totals([{ tests }]);
      const skips = tests
        .filter(({ status }) => status === 'skipped')
        .map(({ name, reason }) => `<br><small>${h(`${name}: ${reason}`)}</small>`);
      return count.failed + count.skipped === 0 ? [] : [[`${code(file)}${skips.join('')}`, ...counted(count)]];
    }),
  ]);
  const columns = [{ head: 'tests' }, { head: 'result' }, { head: 'passed / failed / skipped' }];
  return rows.length === 0 ? '' : table('Unit tests and type check', columns, rows);
}

function warningsOf({ warnings, newWarnings }: BuildRecord): string {
  return mark(newWarnings.length === 0 ? 'ok' : 'bad', `${warnings.length} warnings, ${newWarnings.length} new`);
}

function configTable(configs: readonly ConfigReport[]): string {
  const rows = configs.map(({ name, config, build, selftest, failure }) => [
    failure === undefined ? h(name) : `${h(name)}<br>${mark('bad', formatFailure(failure))}`,
    h(build?.release ?? 'not built'),
    config === undefined
      ? mark('none', 'no record')
      : h(`${config.requests} symbols verified (${config.fragments.join(' + ')})`) +
        config.leftOut.map((l) => `<br><small>${h(`${l.name} left out: ${l.why}`)}</small>`).join(''),
    build === undefined ? mark('bad', 'no record') : `${warningsOf(build)}<br><small>${h(build.compiler)}</small>`,
    selftest === undefined
      ? mark('bad', 'not tested')
      : `${h(selftest.accel.toUpperCase())}<br><small>${h(selftest.accelReason)}</small>`,
    selftest === undefined ? '' : `${selftest.passed} / ${selftest.failed} / ${selftest.skipped}`,
  ]);
  const columns: Column[] = [
    { head: 'configuration' },
    { head: 'kernel', minor: true },
    { head: 'configuration proof', minor: true },
    { head: 'build' },
    { head: 'guest', minor: true },
    { head: 'passed / failed / skipped' },
  ];
  return table('Configurations', columns, rows);
}

function timings({ timings: rows }: Report): string {
  const columns = [{ head: 'step' }, { head: 'time', numeric: true }, { head: 'note' }] as const;
  const cells = rows.map((row) => [h(row.step), h(formatDuration(row.ms)), h(row.note)]);
  return rows.length === 0 ? '' : folded(`${rows.length} steps`, table('Timings', columns, cells));
}

function environment({ apply, environment: known }: Report): string {
  const facts =
    apply === undefined
      ? []
      : [
          ['base', h(`${apply.base.name}: ${apply.base.origin}`)],
          ['base commit', code(apply.base.commit)],
          ['head', code(apply.head)],
          ['tree', code(apply.tree)],
        ];
  const rows = [...facts, ...known.map(({ name, value }) => [h(name), h(value)])];
  return rows.length === 0 ? '' : table('Environment', [{ head: 'what' }, { head: 'value' }], rows);
}

const STYLE_FILE = join(import.meta.dirname, 'page.css');
const PAGE_FILE = join(import.meta.dirname, 'page.html');

/** @param benchmarks the committed results as a fragment; undefined = there are none */
export function formatHtml(report: Report, benchmarks?: string): string {
  const { verdict, reasons, configs, notPart } = report;
  const red = redOf(report);
  const parts = [
    section('What is red, and how to see it again', redList(red), 'red'),
    section(
      'Patches',
      report.patches.length === 0 ? '<p>No record of apply in this run.</p>' : patches(report) + checks(report),
    ),
    section('Configurations', configs.length === 0 ? '' : configTable(configs)),
    section('Unit tests and type check', suites(report)),
    section('Topics', topicMatrix(configs)),
    section('Tail calls', tailCalls(configs)),
    section('Tests', topicDetails(configs)),
    ...report.sections.map(({ record, tables }) => section(record, tables.map(toHtml).join('\n'))),
    section('Benchmarks', benchmarks === undefined ? '' : folded('The committed results', benchmarks)),
    section('Timings', timings(report)),
    section('Environment', environment(report)),
  ];
  return fillFile(PAGE_FILE, {
    title: h(titleOf(report)),
    verdict,
    kind: verdict.toLowerCase(),
    style: readFileSync(STYLE_FILE, 'utf8'),
    totals: verdictLine(report),
    reasons: reasons.length === 0 ? '' : `<ul>${reasons.map((reason) => `<li>${h(reason)}</li>`).join('')}</ul>`,
    notes: [
      ...report.notes.map((note) => `<p>${h(note)}</p>`),
      ...(notPart.length === 0 ? [] : [`<p class="none">Not part of this run: ${h(notPart.join(', '))}.</p>`]),
    ].join(''),
    skip: red.length === 0 ? '' : '<a class="jump" href="#red">Skip to what is red</a>\n',
    parts: parts.filter(Boolean).join('\n'),
    run: h(report.run),
  });
}
