/**
 * Results in the form that KernelCI's database takes, schema 5.3: https://github.com/kernelci/kcidb-io. Of one run
 * the same objects have the same ids, so that to send them twice is to send them once. What tests the workbench, and
 * not the kernel, is not part of it.
 */
import { EXIT } from '../lib/errors.ts';
import type { FailureRecord } from '../records/run.ts';
import type { TestRecord, TopicRecord } from '../records/selftest.ts';
import { titleOf, type ConfigReport, type Report } from './model.ts';
import { repeatConfig, repeatTest } from './repeat.ts';

/** The name under which results are sent is agreed on with KernelCI. */
export const ORIGIN = 'dtrace_bpf';
const SUITE = 'dtrace_bpf';
const EXCERPT_CHARACTERS = 16_384;

type Status = 'FAIL' | 'ERROR' | 'MISS' | 'PASS' | 'SKIP';
/** As JSON: a value that is not known is undefined, and left out when it is written. */
type Item = Readonly<Record<string, unknown>> & { readonly id: string; readonly origin: string };

export interface Kcidb {
  readonly version: { readonly major: 5; readonly minor: 3 };
  readonly checkouts: readonly Item[];
  readonly builds: readonly Item[];
  readonly tests: readonly Item[];
}

const clean = (text: string): string => text.replaceAll('\0', '\ufffd');
const excerpt = (text: string): string => clean(text).slice(0, EXCERPT_CHARACTERS);

/** A run's name begins with the second of its start, see runName(). */
function startOf(run: string): string | undefined {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)-/.exec(run) ?? [];
  return year === undefined ? undefined : `${year}-${month}-${day}T${hour}:${minute}:${second}+00:00`;
}

/** A node of the tree of tests: letters, digits, `_` and `-`. */
const node = (text: string): string => text.replace(/[^A-Za-z0-9-]+/g, '_').replace(/^_+|_+$/g, '') || '_';

export function toKcidb(report: Report, origin = ORIGIN): Kcidb {
  const id = (...parts: readonly (string | number)[]): string => clean([`${origin}:${report.run}`, ...parts].join(':'));
  const tests = report.configs.flatMap((config) => testsOf(report, config));
  return {
    version: { major: 5, minor: 3 },
    checkouts: [{ id: id(), origin, ...checkoutOf(report) }],
    builds: report.configs.map((config) => ({
      id: id(config.name),
      checkout_id: id(),
      origin,
      ...buildOf(report, config),
    })),
    tests: tests.map(({ config, key, ...test }) => ({ id: id(config, ...key), build_id: id(config), origin, ...test })),
  };
}

function checkoutOf(report: Report): Readonly<Record<string, unknown>> {
  const { run, apply, configs } = report;
  const known = apply !== undefined || configs.some(({ build }) => build !== undefined);
  const start = { start_time: startOf(run), comment: clean(titleOf(report)), ...(known ? { valid: true } : {}) };
  if (apply === undefined) return start;
  const { base, series, patchset, head, tree, commits } = apply;
  const [url] = base.origin.split(' ');
  return {
    ...start,
    // of a source package it is the commit that was made of it: the same on every machine, and published on none
    git_commit_hash: base.commit,
    git_repository_url: url?.startsWith('https://') === true ? url : undefined,
    patchset_hash: patchset,
    misc: {
      series,
      base: base.name,
      base_origin: base.origin,
      head,
      tree,
      patches: commits.map(({ subject }) => subject),
    },
  };
}

/** A kernel that does not compile is a fault of its code; without room or tools nothing is known of it. */
const BUILD_STATUS: Readonly<Record<number, Status>> = { [EXIT.build]: 'FAIL', [EXIT.config]: 'ERROR' };

function buildStatus({ build, failure }: ConfigReport): Status {
  if (build !== undefined) return build.newWarnings.length === 0 ? 'PASS' : 'FAIL';
  return failure === undefined ? 'MISS' : (BUILD_STATUS[failure.exitCode] ?? 'MISS');
}

function buildOf(report: Report, config: ConfigReport): Readonly<Record<string, unknown>> {
  const { name, build, failure } = config;
  const status = { config_name: name, status: buildStatus(config) };
  const again = { again: repeatConfig(report, name) };
  if (build === undefined) return { ...status, ...excerptOf(failure), misc: again };
  const { bzImage, compiler, ms, release, reused, warnings, newWarnings } = build;
  const [, arch] = /\/arch\/(\w+)\/boot\//.exec(bzImage) ?? [];
  return {
    ...status,
    architecture: arch === 'x86' ? 'x86_64' : arch,
    compiler,
    duration: ms / 1000,
    ...(newWarnings.length === 0 ? {} : { log_excerpt: excerpt(newWarnings.map(({ message }) => message).join('\n')) }),
    misc: { ...again, release, reused, warnings: warnings.length, new_warnings: newWarnings.length },
  };
}

const excerptOf = (failure: FailureRecord | undefined): { readonly log_excerpt?: string } =>
  failure === undefined ? {} : { log_excerpt: excerpt(`${failure.code}: ${failure.message}`) };

interface KcidbTest {
  readonly config: string;
  /** What is behind the configuration in its id. */
  readonly key: readonly (string | number)[];
  readonly path: string;
  readonly status: Status;
  readonly [field: string]: unknown;
}

function testsOf(report: Report, { name: config, build, selftest, failure }: ConfigReport): KcidbTest[] {
  const again = repeatConfig(report, config);
  if (selftest === undefined) {
    if (build === undefined) return [];
    const missing = { config, key: [SUITE], path: SUITE, status: 'MISS' as const, misc: { again } };
    if (failure?.exitCode !== EXIT.boot) return [missing];
    return [
      { config, key: ['boot', 0], path: 'boot', status: 'FAIL', ...excerptOf(failure), misc: { again } },
      missing,
    ];
  }
  const { accel, accelReason, release, slowness } = selftest;
  const comment = clean(`guest under ${accel.toUpperCase()}: ${accelReason}`);
  const environment = { comment, misc: { accel, release, slowness } };
  // each of them came up; how it ended is told by the test that was running
  const boots = selftest.boots.map(({ ms, end, reason }, index): KcidbTest => {
    const duration = ms / 1000;
    return { config, key: ['boot', index], path: 'boot', status: 'PASS', environment, duration, misc: { end, reason } };
  });
  const topics = selftest.topics.filter(({ file }) => file.startsWith('selftests/'));
  const tests = topics.flatMap((topic) =>
    topic.tests.map((test, index) => ({ ...testOf(report, config, topic, test, index), environment })),
  );
  return [...boots, ...tests];
}

const STATUS = { passed: 'PASS', failed: 'FAIL', skipped: 'SKIP' } as const;

function testOf(report: Report, config: string, topic: TopicRecord, test: TestRecord, index: number): KcidbTest {
  const { name, status, reason, ms, assertions, failures } = test;
  const details = failures.map(({ message, detail }) => `${message}\n${detail}`.trim()).join('\n\n');
  return {
    config,
    key: [topic.topic, index],
    path: [SUITE, topic.topic, name].map(node).join('.'),
    comment: clean(reason === '' ? name : `${name}: ${reason}`),
    status: STATUS[status],
    duration: ms / 1000,
    ...(details === '' ? {} : { log_excerpt: excerpt(details) }),
    misc: { assertions, again: repeatTest(report, config, topic, test) },
  };
}
