/** One self-contained page: no script, no font, no image, no address outside of it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fillFile } from '../bench/texts.ts';
import { formatDuration } from '../lib/log.ts';
import type { BuildRecord } from '../records/build.ts';
import { totals, verdictLine } from '../records/totals.ts';
import { escapeXml } from './junit.ts';
import { formatFailure, SUITE_NAMES, titleOf, type ConfigReport, type Report } from './model.ts';

const h = escapeXml;

function table(head: readonly string[], rows: readonly (readonly string[])[], numeric: readonly number[] = []): string {
  const cell = (tag: string, html: string, column: number): string =>
    `<${tag}${numeric.includes(column) ? ' class="n"' : ''}>${html}</${tag}>`;
  const body = rows.map((row) => `<tr>${row.map((html, i) => cell('td', html, i)).join('')}</tr>`).join('\n');
  const heads = head.map((text, i) => cell('th', h(text), i)).join('');
  return `<div class="scroll"><table><thead><tr>${heads}</tr></thead>\n<tbody>\n${body}\n</tbody></table></div>`;
}

function mark(kind: 'ok' | 'bad' | 'skip' | 'none', text: string): string {
  return `<span class="${kind}">${h(text)}</span>`;
}

function judged(text: string): string {
  if (text.startsWith('not checked')) return mark('none', text);
  return mark(/^(?:ok|none)/.test(text) ? 'ok' : 'bad', text);
}

function patches(report: Report): string {
  const rows = report.patches.map((p) => [
    h(p.id),
    h(p.subject),
    `<code>${h(p.commit.slice(0, 12))}</code>`,
    `+${p.added}`,
    `-${p.removed}`,
    String(p.files),
    p.fit === 'exact' ? 'exact' : mark('skip', p.fit),
    judged(p.builds),
    judged(p.warnings),
    judged(p.checks),
  ]);
  return table(
    ['n', 'patch', 'commit', '+', '-', 'files', 'applies', 'builds alone', 'W=1, sparse', 'checks'],
    rows,
    [3, 4, 5],
  );
}

const topicsOf = (configs: readonly ConfigReport[]): string[] =>
  [...new Set(configs.flatMap((c) => c.selftest?.topics.map((x) => x.topic) ?? []))].sort();

/** Topics down, configurations across: where is it red? */
function matrix(configs: readonly ConfigReport[]): string {
  const rows = topicsOf(configs).map((topic) => [
    `<a href="#${h(encodeURIComponent(topic))}">${h(topic)}</a>`,
    ...configs.map(({ selftest }) => {
      const found = selftest?.topics.find((x) => x.topic === topic);
      if (found === undefined) return mark('none', 'not run');
      const { passed, failed, skipped } = totals([found]);
      const text = `${passed} of ${found.tests.length}${skipped > 0 ? `, ${skipped} skipped` : ''}`;
      return failed > 0 || passed === 0
        ? mark('bad', failed > 0 ? `${failed} failed, ${text}` : text)
        : mark('ok', text);
    }),
  ]);
  return rows.length === 0 ? '<p>No test ran.</p>' : table(['topic', ...configs.map((c) => c.name)], rows);
}

function topicDetails(configs: readonly ConfigReport[]): string {
  return topicsOf(configs)
    .map((topic) => {
      const parts = configs.flatMap(({ name, selftest }) => {
        const found = selftest?.topics.find((x) => x.topic === topic);
        if (found === undefined) return [];
        const rows = found.tests.map((test) => {
          const state =
            test.status === 'passed'
              ? mark('ok', 'pass')
              : test.status === 'skipped'
                ? mark('skip', 'skip')
                : mark('bad', 'FAIL');
          const more = test.failures.map((f) => `<pre>${h(`${f.message}\n${f.detail}`.trim())}</pre>`).join('');
          const reason = test.reason === '' ? '' : `<br><small>${h(test.reason)}</small>`;
          return [state, `${h(test.name)}${reason}${more}`, String(test.assertions), h(formatDuration(test.ms))];
        });
        return [`<h4>${h(name)}</h4>${table(['', 'test', 'assertions', 'time'], rows, [2, 3])}`];
      });
      const red = configs.some((c) =>
        c.selftest?.topics.some((x) => x.topic === topic && x.tests.some((one) => one.status === 'failed')),
      );
      const open = `<details id="${h(encodeURIComponent(topic))}"${red ? ' open' : ''}>`;
      return `${open}<summary>${h(topic)}</summary>${parts.join('')}</details>`;
    })
    .join('\n');
}

/** The files that say anything but "all passed"; the others are a number. */
function suites(report: Report): string {
  const rows = report.suites.flatMap(({ stage, files, passed, failed, skipped }) => [
    [
      h(SUITE_NAMES[stage]),
      `${failed > 0 ? mark('bad', `${failed} failed`) : mark('ok', 'ok')}`,
      `${passed} / ${failed} / ${skipped}`,
    ],
    ...files.flatMap(({ file, tests }) => {
      const count = totals([{ tests }]);
      if (count.failed + count.skipped === 0) return [];
      const failures = tests
        .flatMap((test) => test.failures)
        .map((f) => `<pre>${h(`${f.message}\n${f.detail}`.trim())}</pre>`)
        .join('');
      const skips = tests
        .filter(({ status }) => status === 'skipped')
        .map(({ name, reason }) => `<br><small>${h(`${name}: ${reason}`)}</small>`)
        .join('');
      return [
        [
          `<code>${h(file)}</code>`,
          `${count.failed > 0 ? mark('bad', 'FAIL') : mark('skip', 'skip')}${skips}${failures}`,
          `${count.passed} / ${count.failed} / ${count.skipped}`,
        ],
      ];
    }),
  ]);
  return rows.length === 0 ? '<p>Not part of this run.</p>' : table(['', '', 'passed / failed / skipped'], rows);
}

function warningsOf({ warnings, newWarnings }: BuildRecord): string {
  return mark(newWarnings.length === 0 ? 'ok' : 'bad', `${warnings.length} warnings, ${newWarnings.length} new`);
}

function configTable(configs: readonly ConfigReport[]): string {
  const rows = configs.map(({ name, config, build, selftest, failure }) => [
    failure === undefined ? h(name) : `${h(name)}<br>${mark('bad', formatFailure(failure))}`,
    h(build?.release ?? 'not built'),
    config === undefined
      ? mark('bad', 'no record')
      : h(`${config.requests} symbols verified (${config.fragments.join(' + ')})`) +
        config.leftOut.map((l) => `<br><small>${h(`${l.name} left out: ${l.why}`)}</small>`).join(''),
    build === undefined ? mark('bad', 'no record') : `${warningsOf(build)}<br><small>${h(build.compiler)}</small>`,
    selftest === undefined
      ? mark('bad', 'not tested')
      : `${h(selftest.accel.toUpperCase())}<br><small>${h(selftest.accelReason)}</small>`,
    selftest === undefined ? '' : `${selftest.passed} / ${selftest.failed} / ${selftest.skipped}`,
  ]);
  return table(['configuration', 'kernel', 'configuration proof', 'build', 'guest', 'passed / failed / skipped'], rows);
}

const STYLE_FILE = join(import.meta.dirname, 'page.css');
const PAGE_FILE = join(import.meta.dirname, 'page.html');

/** @param benchmarks the committed results as a fragment; undefined = there are none */
export function formatHtml(report: Report, benchmarks?: string): string {
  const { apply, verdict, reasons, configs } = report;
  const code = (text: string): string => `<code>${h(text)}</code>`;
  const facts =
    apply === undefined
      ? []
      : [
          ['base', h(`${apply.base.name}: ${apply.base.origin}`)],
          ['base commit', code(apply.base.commit)],
          ['head', code(apply.head)],
          ['tree', code(apply.tree)],
        ];
  return fillFile(PAGE_FILE, {
    title: h(titleOf(report)),
    verdict,
    kind: verdict.toLowerCase(),
    style: readFileSync(STYLE_FILE, 'utf8'),
    totals: verdictLine(report),
    reasons: reasons.length === 0 ? '' : `<ul>${reasons.map((reason) => `<li>${h(reason)}</li>`).join('')}</ul>`,
    notes: report.notes.map((note) => `<p>${h(note)}</p>`).join(''),
    patches: report.patches.length === 0 ? '<p>No record of apply in this run.</p>' : patches(report),
    configurations: configTable(configs),
    suites: suites(report),
    matrix: matrix(configs),
    tests: topicDetails(configs),
    benchmarks: benchmarks === undefined ? '' : `<h2>Benchmarks</h2>\n${benchmarks}\n`,
    timings: table(
      ['step', 'time', ''],
      report.timings.map((row) => [h(row.step), h(formatDuration(row.ms)), h(row.note)]),
      [1],
    ),
    environment: table(
      ['what', 'value'],
      [...facts, ...report.environment.map(({ name, value }) => [h(name), h(value)])],
    ),
    run: h(report.run),
  });
}
