/** Records of an imaginary run for the tests of this directory: two configurations, one red. */
import type { ApplyRecord } from '../records/apply.ts';
import type { BuildRecord, ConfigRecord } from '../records/build.ts';
import { failedTest, type SelftestRecord, type SuiteRecord, type TestRecord } from '../records/selftest.ts';
import { totals } from '../records/totals.ts';
import { applyRecord, buildRecord, configRecord, sourceTree } from './records.ts';

const test = (name: string, status: TestRecord['status'], more: Partial<TestRecord> = {}): TestRecord => ({
  name,
  status,
  reason: '',
  ms: 120,
  assertions: 3,
  failures: [],
  ...more,
});
const source = sourceTree('/w', { tree: 'a'.repeat(40), version: '6.12.117' });

export function records(): Map<string, unknown> {
  const leftOut = [{ name: 'dtrace', why: 'this tree does not define CONFIG_DTRACE' }];
  const config = (name: string): ConfigRecord =>
    configRecord(source, { config: name, leftOut, requests: 144, enabled: 795, reused: true, ms: 400 });
  const build = (name: string): BuildRecord =>
    buildRecord(config(name), { compiler: 'gcc (Debian 12.2.0-14)', release: '6.12.117', steps: 1500, ms: 270_000 });
  const selftest = (name: string, tests: TestRecord[]): SelftestRecord => ({
    stage: 'selftest',
    config: name,
    release: '6.12.117',
    tree: source.tree,
    accel: 'tcg',
    accelReason: 'no /dev/kvm on this machine',
    slowness: 1,
    ...totals([{ tests }]),
    boots: [{ console: '', ms: 16_000, end: 'stopped', reason: '' }],
    ms: 60_000,
    topics: [{ topic: 'tail-call', file: 'selftests/tail-call.test.ts', log: '', ms: 30_000, tests }],
  });
  const commits: ApplyRecord['commits'] = [
    {
      id: '01',
      subject: 'bpf: context casting for tail call',
      file: '0001.patch',
      commit: 'e'.repeat(40),
      files: 9,
      added: 310,
      removed: 12,
      fit: 'exact',
    },
    {
      id: '02',
      subject: 'bpf: a subject that goes on and on until it is longer than a line',
      file: '0002.patch',
      commit: 'f'.repeat(40),
      files: 4,
      added: 40,
      removed: 1,
      fit: 'shifted',
    },
  ];
  const base = { ...applyRecord('/w').base, kernel: '6.12.117', origin: 'linux-source-6.12 6.12.117-1' };
  const skipped = test('skips', 'skipped', { reason: 'kernel without CONFIG_DTRACE' });
  const crash = { message: 'the guest panicked', detail: 'BUG: \u0007 ]]> <oops>' };
  return new Map<string, unknown>([
    [
      'apply',
      applyRecord('/w', {
        series: { name: 'dtrace-bpf', version: 2 },
        base,
        head: 'd'.repeat(40),
        tree: source.tree,
        durationMs: 900,
        commits,
      }),
    ],
    ['config.default', config('default')],
    ['build.default', build('default')],
    ['selftest.default', selftest('default', [test('a <kprobe> & "friends"', 'passed'), skipped])],
    ['config.debug', config('debug')],
    ['build.debug', build('debug')],
    ['selftest.debug', selftest('debug', [test('crashes', 'failed', { failures: [crash] })])],
    ['environment', { stage: 'environment', facts: [{ name: 'qemu', value: 'QEMU emulator version 7.2' }] }],
  ]);
}

/** One file of unit tests, as the runner records it; a failing one when it is named. */
export function suite(stage: 'unit' | 'types', failing?: string): SuiteRecord {
  const why = { message: `${failing} > sum`, detail: '1 is not 2\nat a line' };
  const bad = failing === undefined ? test('two', 'passed') : failedTest(failing, [why]);
  const files = [{ file: `scripts/${stage}.test.ts`, ms: 5, tests: [test('one', 'passed'), bad] }];
  return { stage, files, ...totals(files), ms: 5 };
}

/** The same without the red configuration. */
export function green(): Map<string, unknown> {
  const all = records();
  for (const name of ['config', 'build', 'selftest']) all.delete(`${name}.debug`);
  return all;
}
