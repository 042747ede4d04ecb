/** JUnit XML as CI systems read it: a suite per configuration and topic. */
import { formatSeconds } from './plain.ts';
import { countSuite, formatFailure, type Report } from './model.ts';

/** Control characters are not XML, not even as entities; a kernel console has them. */
export function escapeXml(text: string): string {
  return text
    // eslint-disable-next-line no-control-regex
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
    .replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values).map(([name, value]) => ` ${name}="${escapeXml(String(value))}"`).join('');
}

export function formatJunit(report: Report): string {
  const lines = ['<?xml version="1.0" encoding="UTF-8"?>'];
  const { passed, skipped } = report;
  const broken = report.configs.flatMap(({ failure }) => (failure === undefined ? [] : [formatFailure(failure)]));
  const failed = report.failed - broken.length;
  // what kept the run from its end is a failure for a reader that only counts
  const stopped = report.verdict === 'PASS' || report.failed > 0 ? broken : report.reasons;
  lines.push(`<testsuites${attributes({ name: report.run, tests: passed + failed + skipped + stopped.length, failures: failed + stopped.length, skipped })}>`);
  if (stopped.length > 0) {
    lines.push(`  <testsuite${attributes({ name: 'run', tests: stopped.length, failures: stopped.length, skipped: 0, time: 0 })}>`);
    for (const reason of stopped) {
      lines.push(`    <testcase${attributes({ classname: 'run', name: reason, time: 0 })}><failure${attributes({ message: reason })}/></testcase>`);
    }
    lines.push('  </testsuite>');
  }
  for (const { stage, files } of report.suites) {
    for (const { file, tests, ms } of files) {
      const { passed: ok, failed: bad, skipped: left } = countSuite(tests);
      lines.push(`  <testsuite${attributes({ name: `${stage}.${file}`, tests: ok + bad + left, failures: bad, skipped: left, time: formatSeconds(ms) })}>`);
      const empty = { name: 'no tests', ok: false, skip: undefined, failures: [] };
      for (const test of tests.length === 0 ? [empty] : tests) {
        const open = `    <testcase${attributes({ classname: `${stage}.${file}`, name: test.name, time: 0 })}`;
        if (test.ok) lines.push(test.skip === undefined ? `${open}/>` : `${open}><skipped${attributes({ message: test.skip })}/></testcase>`);
        else lines.push(`${open}><failure${attributes({ message: test.failures[0]?.name ?? test.name })}>${escapeXml(test.failures.map((f) => `${f.name}\n${f.detail}`).join('\n\n'))}</failure></testcase>`);
      }
      lines.push('  </testsuite>');
    }
  }
  for (const { name, selftest } of report.configs) {
    for (const { topic, tests, ms } of selftest?.topics ?? []) {
      const count = (status: string): number => tests.filter((test) => test.status === status).length;
      const suite = { name: `${name}.${topic}`, tests: tests.length, failures: count('failed'), skipped: count('skipped'), time: formatSeconds(ms) };
      lines.push(`  <testsuite${attributes(suite)}>`);
      for (const test of tests) {
        const open = `    <testcase${attributes({ classname: `${name}.${topic}`, name: test.name, time: formatSeconds(test.ms) })}`;
        if (test.status === 'passed') lines.push(`${open}/>`);
        else if (test.status === 'skipped') lines.push(`${open}><skipped${attributes({ message: test.reason })}/></testcase>`);
        else {
          const [first] = test.failures;
          const detail = test.failures.map((f) => `${f.message}\n${f.detail}`).join('\n\n');
          lines.push(`${open}><failure${attributes({ message: first?.message ?? 'failed' })}>${escapeXml(detail)}</failure></testcase>`);
        }
      }
      lines.push('  </testsuite>');
    }
  }
  lines.push('</testsuites>', '');
  return lines.join('\n');
}
