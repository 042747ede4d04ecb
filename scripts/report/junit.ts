/** JUnit XML as CI systems read it: a suite per configuration and topic. */
import { escapeHtml } from '../bench/table.ts';
import { formatFailure, type Report } from './model.ts';
import { repeatConfig, repeatFile, repeatTest } from './repeat.ts';
import type { TestRecord } from '../records/selftest.ts';

/** Control characters are not XML, not even as entities; a kernel console has them. */
export function escapeXml(text: string): string {
  return escapeHtml(text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd'));
}

/** A parser makes a space of a line break in an attribute, unless it is written as its number. */
const escapeAttribute = (text: string): string =>
  escapeXml(text).replace(/[\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);

type Attributes = Readonly<Record<string, string | number>>;

/** @param content markup, or escaped text; '' for an empty element */
function element(tag: string, attributes: Attributes, content = ''): string {
  const values = Object.entries(attributes).map(([name, value]) => ` ${name}="${escapeAttribute(String(value))}"`);
  const open = `<${tag}${values.join('')}`;
  return content === '' ? `${open}/>` : `${open}>${content}</${tag}>`;
}

interface Case {
  readonly name: string;
  /** Not all are timed. */
  readonly ms?: number;
  /** Reason of a skip. */
  readonly skip?: string | undefined;
  /** What is said of a failure, briefly and in full; a case without is one that passed. */
  readonly failure?: { readonly message: string; readonly detail: string };
}

interface Suite {
  /** Jenkins makes a package of what stands in front of the last dot, and a class of the rest. */
  readonly name: string;
  readonly ms?: number;
  readonly cases: readonly Case[];
  readonly properties?: Attributes;
  /** Where to read all of it. */
  readonly log?: string;
}

function caseOf({ name, status, reason, failures, ms }: TestRecord, repeat: string): Case {
  if (status !== 'failed') return { name, ms, skip: status === 'skipped' ? reason : undefined };
  const details = failures.map((failure) => `${failure.message}\n${failure.detail}`.trim());
  return { name, ms, failure: { message: failures[0]?.message ?? 'failed', detail: again(details, repeat) } };
}

/** GitLab shows the text of a failure and nothing else of the case. */
const again = (details: readonly string[], repeat: string): string => [...details, `again: ${repeat}`].join('\n\n');

const classOf = (file: string): string =>
  file
    .replace(/(?:\.test)?\.(?:ts|json)$/, '')
    .replaceAll('.', '_')
    .replaceAll('/', '.');

/** Unit tests, type check, and topics. */
function suitesOf(report: Report): Suite[] {
  const own = report.suites.flatMap(({ stage, files }) =>
    files.map(({ file, ms, tests }): Suite => {
      const cases = tests.map((test) => caseOf(test, repeatFile(stage, file)));
      return { name: `${stage}.${classOf(file)}`, ms, cases };
    }),
  );
  const topics = report.configs.flatMap(({ name: config, build, selftest }) => {
    if (selftest === undefined) return [];
    const { release, tree, accel } = selftest;
    const compiled: Attributes = build === undefined ? {} : { compiler: build.compiler };
    return selftest.topics.map((topic): Suite => {
      const cases = topic.tests.map((test) => caseOf(test, repeatTest(report, config, topic, test)));
      const properties = { config, release, tree, accel, ...compiled };
      return { name: `${config}.${topic.topic}`, ms: topic.ms, cases, properties, log: topic.log };
    });
  });
  return [...own, ...topics];
}

const seconds = (ms = 0): string => (ms / 1000).toFixed(3);

/** Readers tell cases apart by class and name, and keep one of those that have both the same. */
function uniqueNames(): (suite: string, name: string) => string {
  const used = new Set<string>();
  return (suite, name) => {
    let [found, count] = [name, 1];
    while (used.has(`${suite}\n${found}`)) found = `${name} (${++count})`;
    used.add(`${suite}\n${found}`);
    return found;
  };
}

function formatCase(classname: string, name: string, { ms, skip, failure }: Case): string {
  const told =
    failure !== undefined
      ? element('failure', { message: failure.message }, escapeXml(failure.detail))
      : skip !== undefined
        ? element('skipped', { message: skip })
        : '';
  return `    ${element('testcase', { classname, name, time: seconds(ms) }, told)}`;
}

function formatSuite(
  { name, ms, cases, properties = {}, log = '' }: Suite,
  nameIn: ReturnType<typeof uniqueNames>,
): string {
  const failures = cases.filter(({ failure }) => failure !== undefined).length;
  const skipped = cases.filter(({ skip }) => skip !== undefined).length;
  const counts = { tests: cases.length, failures, errors: 0, skipped, time: seconds(ms) };
  const known = Object.entries(properties).map(([key, value]) => element('property', { name: key, value }));
  const content = [
    ...(known.length === 0 ? [] : [`    <properties>${known.join('')}</properties>`]),
    ...cases.map((each) => formatCase(name, nameIn(name, each.name), each)),
    ...(log === '' ? [] : [`    <system-out>${escapeXml(`log: ${log}`)}</system-out>`]),
  ];
  return `  ${element('testsuite', { name, ...counts }, `\n${content.join('\n')}\n  `)}`;
}

export function formatJunit(report: Report): string {
  const { run, passed, skipped, verdict, configs } = report;
  const broken = configs.flatMap(({ failure }) => (failure === undefined ? [] : [failure]));
  const failed = report.failed - broken.length;
  // what kept the run from its end is a failure for a reader that only counts
  const stopped: Case[] =
    verdict === 'PASS' || report.failed > 0
      ? broken.map((failure) => {
          const detail = again([`next: ${failure.next}`], repeatConfig(report, failure.config));
          return { name: formatFailure(failure), failure: { message: formatFailure(failure), detail } };
        })
      : report.reasons.map((reason) => ({ name: reason, failure: { message: reason, detail: reason } }));
  const stops: Suite = { name: 'run', cases: stopped };
  const suites = [...(stopped.length === 0 ? [] : [stops]), ...suitesOf(report)];
  const counts = { tests: passed + failed + skipped + stopped.length, failures: failed + stopped.length, errors: 0 };
  const time = seconds(suites.reduce((sum, { ms = 0 }) => sum + ms, 0));
  const nameIn = uniqueNames();
  const content = suites.map((suite) => formatSuite(suite, nameIn)).join('\n');
  const root = element('testsuites', { name: run, ...counts, time }, `\n${content}\n`);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root}\n`;
}
