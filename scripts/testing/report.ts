/** Records of an imaginary run for the tests of this directory: two configurations, one red. */

const test = (name: string, status: string, more: object = {}): object => ({
  name, status, reason: '', ms: 120, assertions: 3, failures: [],
  ...more,
});

export function records(): Map<string, unknown> {
  const build = (config: string): object => ({
    stage: 'build', config, source: { tree: 'a'.repeat(40), version: '6.12.117', base: 'v6.12' },
    compiler: 'gcc (Debian 12.2.0-14) 12.2.0', release: '6.12.117', reused: false, steps: 1500, ms: 270_000,
    warnings: [], newWarnings: [],
  });
  const config = (name: string): object => ({
    stage: 'config', config: name, fragments: ['kconfig/default.config'],
    leftOut: [{ name: 'dtrace', why: 'this tree does not define CONFIG_DTRACE' }], requests: 144, enabled: 795,
    sha256: 'b'.repeat(64), reused: true, ms: 400,
  });
  const selftest = (name: string, tests: object[]): object => {
    const count = (status: string): number => tests.filter((x) => 'status' in x && x.status === status).length;
    return {
      stage: 'selftest', config: name, release: '6.12.117', tree: 'a'.repeat(40), accel: 'tcg',
      accelReason: 'no /dev/kvm on this machine', slowness: 1, passed: count('passed'), failed: count('failed'),
      skipped: count('skipped'), boots: [{ console: '', ms: 16_000, end: 'stopped', reason: '' }], ms: 60_000,
      topics: [{ topic: 'tail-call', file: 'selftests/tail-call.test.ts', log: '', ms: 30_000, tests }],
    };
  };
  return new Map<string, unknown>([
    [
      'apply',
      {
        stage: 'apply', series: { name: 'dtrace-bpf', version: 2 },
        base: { name: 'v6.12', kernel: '6.12.117', origin: 'linux-source-6.12 6.12.117-1', commit: 'c'.repeat(40) },
        head: 'd'.repeat(40), tree: 'a'.repeat(40), durationMs: 900,
        commits: [
          {
            id: '01', subject: 'bpf: context casting for tail call', file: '0001.patch', commit: 'e'.repeat(40),
            files: 9, added: 310, removed: 12, fit: 'exact',
          },
          {
            id: '02', subject: 'bpf: a subject that goes on and on until it is longer than a line', file: '0002.patch',
            commit: 'f'.repeat(40), files: 4, added: 40, removed: 1, fit: 'shifted',
          },
        ],
      },
    ],
    ['config.default', config('default')],
    ['build.default', build('default')],
    [
      'selftest.default',
      selftest('default', [
        test('a <kprobe> & "friends"', 'passed'), test('skips', 'skipped', { reason: 'kernel without CONFIG_DTRACE' }),
      ]),
    ],
    ['config.debug', config('debug')],
    ['build.debug', build('debug')],
    [
      'selftest.debug',
      selftest('debug', [
        test('crashes', 'failed', { failures: [{ message: 'the guest panicked', detail: 'BUG: \u0007 ]]> <oops>' }] }),
      ]),
    ],
    ['environment', { stage: 'environment', facts: [{ name: 'qemu', value: 'QEMU emulator version 7.2' }] }],
  ]);
}

/** One file of unit tests, as the runner records it; a failing one when it is named. */
export function suite(stage: 'unit' | 'types', failing?: string): object {
  const tests = ['one', failing ?? 'two'].map((name) => ({
    name, ok: name !== failing,
    failures: name === failing ? [{ name: `${name} > sum`, detail: '1 is not 2\nat a line' }] : [],
  }));
  const failed = failing === undefined ? 0 : 1;
  return {
    stage, files: [{ file: `scripts/${stage}.test.ts`, ms: 5, tests }], passed: 2 - failed, failed, skipped: 0, ms: 5,
  };
}

/** The same without the red configuration. */
export function green(): Map<string, unknown> {
  const all = records();
  for (const name of ['config', 'build', 'selftest']) all.delete(`${name}.debug`);
  return all;
}
