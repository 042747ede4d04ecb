/** Plain text of at most 72 columns: fit to be pasted into a reply on a list. */
import type { BuildRecord } from '../records/build.ts';
import { totals, verdictLine } from '../records/totals.ts';
import { formatFailure, SUITE_NAMES, titleOf, type Report } from './model.ts';

export const COLUMNS = 72;

export function formatSeconds(ms: number): string {
  return (ms / 1000).toFixed(ms < 10_000 ? 2 : 0);
}

/** Wraps at words; a word that is too long is cut, since no line may be longer. */
export function wrap(text: string, first: string, rest = ' '.repeat(first.length), columns = COLUMNS): string[] {
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const whole of text.split(/\s+/).filter(Boolean)) {
    let word = whole;
    while (word !== '') {
      const room = columns - line.length - (empty ? 0 : 1);
      if (word.length <= room) {
        line += (empty ? '' : ' ') + word;
        empty = false;
        word = '';
      } else if (empty) {
        lines.push(line + word.slice(0, room));
        word = word.slice(room);
        line = rest;
      } else {
        lines.push(line);
        line = rest;
        empty = true;
      }
    }
  }
  if (!empty || lines.length === 0) lines.push(line);
  return lines.map((l) => l.trimEnd());
}

function clip(text: string, width: number): string {
  return text.length <= width ? text.padEnd(width) : `${text.slice(0, width - 1)}~`;
}

const built = ({ release, compiler, warnings, newWarnings }: BuildRecord): string =>
  `${release}, ${compiler}, ${warnings.length} warnings, ${newWarnings.length} new`;

export function formatText(report: Report): string {
  const { apply, verdict } = report;
  const lines: string[] = [];
  lines.push(...wrap(`${titleOf(report)}: ${verdict}`, ''), verdictLine(report), '');
  for (const reason of report.reasons) lines.push(...wrap(reason, '! '));
  for (const note of report.notes) lines.push(...wrap(note, 'note: '));
  if (report.notPart.length > 0) lines.push(...wrap(`not part of this run: ${report.notPart.join(', ')}`, ''));
  if (report.reasons.length + report.notes.length + report.notPart.length > 0) lines.push('');
  if (apply !== undefined) {
    lines.push(...wrap(`${apply.base.name}, ${apply.base.origin}`, 'base  '));
    lines.push(`tree  ${apply.tree}`, '');
    lines.push(`${'n'.padEnd(5)}${'subject'.padEnd(49)}${'+'.padStart(6)}${'-'.padStart(6)}${'files'.padStart(6)}`);
    for (const p of report.patches) {
      lines.push(
        `${clip(p.id, 4)} ${clip(p.subject, 48)} ` +
          [`+${p.added}`, `-${p.removed}`, String(p.files)].map((count) => count.padStart(6)).join(''),
      );
    }
    const judged = report.patches.flatMap(({ id, builds, warnings, checks }) => {
      const parts = { builds, 'W=1 and sparse': warnings, checks };
      const known = Object.entries(parts).flatMap(([what, text]) => (text === undefined ? [] : [`${what}: ${text}`]));
      return known.length === 0 ? [] : wrap(known.join('; '), `${id.padEnd(4)} `);
    });
    if (judged.length > 0) lines.push('', ...judged);
    lines.push('');
  }
  for (const { stage, files, ...counted } of report.suites) {
    lines.push(`${SUITE_NAMES[stage]}: ${verdictLine(counted)}`);
    for (const { file, tests } of files) {
      if (totals([{ tests }]).failed === 0) continue;
      lines.push(...wrap(file, '    FAIL '));
      for (const test of tests)
        for (const failure of test.failures)
          lines.push(...wrap(`${failure.message}: ${failure.detail.split('\n')[0] ?? ''}`, '         '));
    }
    for (const { name, status, reason } of files.flatMap(({ tests }) => tests))
      if (status === 'skipped') lines.push(...wrap(`${name}: ${reason}`, '    skip '));
    lines.push('');
  }
  for (const { name, build, selftest, failure } of report.configs) {
    lines.push(...wrap(`${name}: ${build === undefined ? 'not built' : built(build)}`, ''));
    if (selftest === undefined) {
      lines.push(...(failure === undefined ? ['  not tested'] : wrap(formatFailure(failure), '  FAIL ')), '');
      continue;
    }
    lines.push(...wrap(`${selftest.accel.toUpperCase()}: ${selftest.accelReason}`, '  '));
    for (const { topic, tests, ms } of selftest.topics) {
      const counts = verdictLine(totals([{ tests }])).padEnd(36);
      lines.push(`  ${clip(topic, 24)} ${counts} ${`${formatSeconds(ms)} s`.padStart(7)}`);
      for (const test of tests) {
        if (test.status === 'failed') {
          lines.push(...wrap(test.name, '    FAIL '));
          for (const failure of test.failures.slice(0, 3)) lines.push(...wrap(failure.message, '         '));
        }
        if (test.status === 'skipped') lines.push(...wrap(`${test.name}: ${test.reason}`, '    skip '));
      }
    }
    lines.push('');
  }
  for (const [what, compared] of [
    ["the kernel's own tests", report.regress],
    ['programs that people use', report.clients],
  ] as const) {
    if (compared === undefined) continue;
    lines.push(`${what}: ${compared.ok ? 'no regression' : 'FAIL'}`);
    for (const { label, cells } of compared.tables[0]?.rows ?? [])
      lines.push(...wrap(`base ${cells[0]}, series ${cells[1]} (passed / failed / skipped)`, `  ${clip(label, 14)} `));
    for (const { suite, name, kind, red } of compared.differences)
      if (red) lines.push(...wrap(`${suite}: ${name}: ${kind}`, '    FAIL '));
    lines.push('');
  }
  for (const { name, value } of report.environment) lines.push(...wrap(value, `${clip(name, 10)} `));
  return `${lines.join('\n').trimEnd()}\n`;
}
