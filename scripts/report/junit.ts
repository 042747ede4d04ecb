/** JUnit XML as CI systems read it: a suite per configuration and topic. */
import { escapeHtml } from '../bench/table.ts';
import { formatSeconds } from './plain.ts';
import { formatFailure, type Report } from './model.ts';
import type { TestRecord } from '../records/selftest.ts';

/** Control characters are not XML, not even as entities; a kernel console has them. */
export function escapeXml(text: string): string {
  // eslint-disable-next-line no-control-regex
  return escapeHtml(text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd'));
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeXml(String(value))}"`)
    .join('');
}

interface Case {
  readonly name: string;
  /** Not all are timed. */
  readonly ms?: number;
  /** Reason of a skip. */
  readonly skip?: string | undefined;
  /** What is said of a failure, briefly and in full; a case without is one that passed. */
  readonly failure?: { readonly message: string; readonly detail?: string };
}

interface Suite {
  readonly name: string;
  readonly ms?: number;
  readonly cases: readonly Case[];
}

function caseOf({ name, status, reason, failures, ms }: TestRecord): Case {
  if (status !== 'failed') return { name, ms, skip: status === 'skipped' ? reason : undefined };
  const detail = failures.map((failure) => `${failure.message}\n${failure.detail}`).join('\n\n');
  return { name, ms, failure: { message: failures[0]?.message ?? 'failed', detail } };
}

/** Unit tests, type check, and topics. */
function suitesOf({ suites, configs }: Report): Suite[] {
  const own = suites.flatMap(({ stage, files }) => files.map((file) => ({ ...file, name: `${stage}.${file.file}` })));
  const topics = configs.flatMap(({ name, selftest }) =>
    (selftest?.topics ?? []).map((topic) => ({ ...topic, name: `${name}.${topic.topic}` })),
  );
  return [...own, ...topics].map(({ name, ms, tests }) => ({ name, ms, cases: tests.map(caseOf) }));
}

const seconds = (ms: number | undefined): string => (ms === undefined ? '0' : formatSeconds(ms));

function formatCase(suite: string, { name, ms, skip, failure }: Case): string {
  const open = `    <testcase${attributes({ classname: suite, name, time: seconds(ms) })}`;
  if (failure === undefined)
    return skip === undefined ? `${open}/>` : `${open}><skipped${attributes({ message: skip })}/></testcase>`;
  const { message, detail } = failure;
  const end = detail === undefined ? '/>' : `>${escapeXml(detail)}</failure>`;
  return `${open}><failure${attributes({ message })}${end}</testcase>`;
}

function formatSuite({ name, ms, cases }: Suite): string[] {
  const failures = cases.filter(({ failure }) => failure !== undefined).length;
  const skipped = cases.filter(({ skip }) => skip !== undefined).length;
  const head = attributes({ name, tests: cases.length, failures, skipped, time: seconds(ms) });
  return [`  <testsuite${head}>`, ...cases.map((each) => formatCase(name, each)), '  </testsuite>'];
}

export function formatJunit(report: Report): string {
  const { run, passed, skipped, verdict, configs } = report;
  const broken = configs.flatMap(({ failure }) => (failure === undefined ? [] : [formatFailure(failure)]));
  const failed = report.failed - broken.length;
  // what kept the run from its end is a failure for a reader that only counts
  const stopped = verdict === 'PASS' || report.failed > 0 ? broken : report.reasons;
  const stops: Suite = {
    name: 'run',
    cases: stopped.map((reason) => ({ name: reason, failure: { message: reason } })),
  };
  const [tests, failures] = [passed + failed + skipped + stopped.length, failed + stopped.length];
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: run, tests, failures, skipped })}>`,
    ...[...(stopped.length === 0 ? [] : [stops]), ...suitesOf(report)].flatMap(formatSuite),
    '</testsuites>',
    '',
  ].join('\n');
}
