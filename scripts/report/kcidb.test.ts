/** Against a schema in our own words. kcidb_io of 2026-02 (schema 5.3) takes the records of real runs as well. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import t from 'tap';
import { failedTest, type SelftestRecord } from '../records/selftest.ts';
import { applyRecord, failureRecord } from '../testing/records.ts';
import { green, records, suite } from '../testing/report.ts';
import { toKcidb, type Kcidb } from './kcidb.ts';
import { assemble } from './model.ts';

const ajv = new Ajv2020({ allErrors: true });
formats.default(ajv);
const validate = ajv.compile(JSON.parse(readFileSync(join(import.meta.dirname, 'kcidb.schema.json'), 'utf8')));

const RUN = '20260102T030405-test-7';
const made = (input: Map<string, unknown>, run = RUN): Kcidb =>
  // what a reader gets: fields that are not known are gone
  JSON.parse(JSON.stringify(toKcidb(assemble(run, input)))) as Kcidb;
const errorsOf = (value: unknown): string[] =>
  validate(value) ? [] : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
const statuses = ({ builds, tests }: Kcidb): string[] => [
  ...builds.map((build) => `build ${build['config_name']} ${build['status']}`),
  ...tests.map((test) => `${test['path']} ${test['status']}`),
];

function without(input: Map<string, unknown>, ...names: string[]): Map<string, unknown> {
  for (const name of names) input.delete(name);
  return input;
}

t.test('whatever a run left, it is valid, and says this of builds and tests', async (t) => {
  const rows: [string, Map<string, unknown>, string[]][] = [
    [
      'green',
      green(),
      [
        'build default PASS',
        'boot PASS',
        'dtrace_bpf.tail-call.a_kprobe_friends PASS',
        'dtrace_bpf.tail-call.skips SKIP',
      ],
    ],
    [
      'a red configuration',
      without(records(), 'config.default', 'build.default', 'selftest.default'),
      ['build debug PASS', 'boot PASS', 'dtrace_bpf.tail-call.crashes FAIL'],
    ],
    ['nothing', new Map(), []],
    ['killed while it was building', without(green(), 'build.default', 'selftest.default'), ['build default MISS']],
    ['killed while it was testing', without(green(), 'selftest.default'), ['build default PASS', 'dtrace_bpf MISS']],
    [
      'killed before it began',
      new Map([['plan', { stage: 'plan', configs: ['debug'], suites: [] }]]),
      ['build debug MISS'],
    ],
    ['it does not compile', new Map([['failure.debug', failureRecord()]]), ['build debug FAIL']],
    [
      'a symbol did not survive',
      new Map([['failure.debug', failureRecord({ code: 'E_CONFIG_DROPPED', exitCode: 12 })]]),
      ['build debug ERROR'],
    ],
    [
      'the disk was full',
      new Map([['failure.debug', failureRecord({ code: 'E_HOST_SPACE', exitCode: 69 })]]),
      ['build debug MISS'],
    ],
    [
      'it does not boot',
      without(green(), 'selftest.default').set(
        'failure.default',
        failureRecord({ config: 'default', code: 'E_BOOT', exitCode: 14 }),
      ),
      ['build default PASS', 'boot FAIL', 'dtrace_bpf MISS'],
    ],
    [
      'a new warning',
      without(green(), 'selftest.default').set('build.default', {
        ...(green().get('build.default') as object),
        newWarnings: [{ file: 'a.c', unit: 'a.c', where: '', message: 'unused\0', key: 'k' }],
      }),
      ['build default FAIL', 'dtrace_bpf MISS'],
    ],
    ['unit tests are not about the kernel', new Map([['unit', suite('unit', 'adds')]]), []],
  ];
  for (const [name, input, said] of rows) {
    t.strictSame(errorsOf(made(input)), [], name);
    t.strictSame(statuses(made(input)), said, name);
  }
});

t.test('ids are of one origin, unique, lead to the parent, and are the same when it is made again', async (t) => {
  const found = made(records());
  t.strictSame(made(records()), found);
  t.not(made(records(), '20260102T030406-test-8').checkouts[0]?.id, found.checkouts[0]?.id);
  const ids = { checkout: found.checkouts.map(({ id }) => id), build: found.builds.map(({ id }) => id) };
  for (const kind of ['checkouts', 'builds', 'tests'] as const) {
    const all = found[kind].map(({ id }) => id);
    t.ok(all.length > 0);
    t.equal(new Set(all).size, all.length, kind);
    for (const { id, origin } of found[kind]) t.ok(origin === 'dtrace_bpf' && id.startsWith(`dtrace_bpf:${RUN}`), id);
  }
  for (const build of found.builds) t.ok(ids.checkout.includes(String(build['checkout_id'])));
  for (const test of found.tests) t.ok(ids.build.includes(String(test['build_id'])));
  const [own] = toKcidb(assemble(RUN, green()), 'lab_7').tests;
  t.match(own, { id: /^lab_7:/, build_id: /^lab_7:/, origin: 'lab_7' });
});

t.test('a checkout says what was applied to what', async (t) => {
  const patchset = '5'.repeat(64);
  const base = { ...applyRecord('/w').base, origin: 'https://git.example/linux.git v7.0 0123456789ab' };
  const input = new Map<string, unknown>([['apply', applyRecord('/w', { patchset, base })]]);
  t.match(made(input).checkouts, [
    {
      start_time: '2026-01-02T03:04:05+00:00',
      git_commit_hash: base.commit,
      git_repository_url: 'https://git.example/linux.git',
      patchset_hash: patchset,
      valid: true,
      misc: { patches: ['bpf: patch 01', 'bpf: patch 02'] },
    },
  ]);
  const [checkout = {}] = made(green(), 'copied').checkouts;
  t.notOk('git_repository_url' in checkout, 'a source package');
  t.notOk('start_time' in checkout, 'a directory of another name');
});

t.test('a failure is told in full, as far as there is room', async (t) => {
  const input = green();
  const record = input.get('selftest.default') as SelftestRecord;
  const tests = [failedTest('a/b: c', [{ message: 'why', detail: `\0${'x'.repeat(20_000)}` }], 1500)];
  const topics = record.topics.map((topic) => ({ ...topic, tests }));
  const test = made(input.set('selftest.default', { ...record, topics })).tests.at(-1);
  t.match(test, {
    path: 'dtrace_bpf.tail-call.a_b_c',
    comment: 'a/b: c',
    duration: 1.5,
    log_excerpt: /^why\n\ufffdx{16379}$/,
    environment: { comment: 'guest under TCG: no /dev/kvm on this machine' },
    misc: { again: 'npm test -- tail-call' },
  });
});

t.test('the schema is one that can be broken', async (t) => {
  const item = { id: 'lab:1', origin: 'lab' };
  const rows: [object, RegExp][] = [
    [{}, /required property 'version'/],
    [{ version: { major: 4, minor: 0 } }, /constant/],
    [{ checkouts: [{ ...item, id: 'Lab:1' }] }, /\/checkouts\/0\/id must match pattern/],
    [{ builds: [item] }, /required property 'checkout_id'/],
    [{ tests: [{ ...item, build_id: 'lab:1', path: 'a..b' }] }, /path must match pattern/],
    [{ tests: [{ ...item, build_id: 'lab:1', status: 'pass' }] }, /status must be equal to one of/],
    [{ tests: [{ ...item, build_id: 'lab:1', waived: true }] }, /additional properties/],
    [{ checkouts: [{ ...item, start_time: '2026-01-02' }] }, /date-time/],
  ];
  for (const [part, message] of rows) {
    const value =
      'version' in part || Object.keys(part).length === 0 ? part : { version: { major: 5, minor: 3 }, ...part };
    t.match(errorsOf(value).join('; '), message);
  }
});
