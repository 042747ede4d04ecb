import t from 'tap';
import { makeDir } from '../lib/make-dir.ts';
import { outRoot } from '../lib/paths.ts';
import {
  applyRecord,
  bisectRecord,
  buildRecord,
  builtPatch,
  checkedPatch,
  checkRecord,
  configRecord,
  sourceTree,
  writeRun,
} from '../testing/records.ts';
import { green, suite } from '../testing/report.ts';
import type { SelftestRecord } from '../records/selftest.ts';
import { expectations } from './expectations.ts';

const source = sourceTree('/w');
const build = (ms: number, reused = false): object => ({ ...buildRecord(configRecord(source)), ms, reused });
const selftest = (ms: number, ...topics: string[]): object => {
  const record = green().get('selftest.default') as SelftestRecord;
  const [one] = record.topics;
  return { ...record, ms, topics: topics.map((topic, index) => ({ ...one, topic, ms: 10 + index })) };
};

t.test('nothing is expected where nothing is known', async (t) => {
  const root = t.testdir({});
  const asked = expectations(root);
  const all = [asked.apply(), asked.config('default'), asked.build('default'), asked.suite('unit', 2)];
  t.strictSame([...all, asked.selftest('default', ['a']), asked.topic('default', 'a')], Array(6).fill(undefined));
});

t.test('the median of the last five that had to be done', async (t) => {
  const root = t.testdir({});
  makeDir(outRoot(root));
  const times = [9_000, 1, 700, 500, 600, 400, 300];
  for (const [index, ms] of times.entries())
    writeRun(root, `2026010${index}T000000-build-1`, { 'build.default': build(ms), 'build.debug': build(ms, true) });
  writeRun(root, '20260108T000000-build-1', { 'build.default': build(3, true) });
  writeRun(root, '20260109T000000-build-1', { 'build.default': { stage: 'build' } });
  t.equal(expectations(root).build('default'), 500, 'neither the oldest two, nor what was there, nor a damaged one');
  t.equal(expectations(root).build('debug'), undefined, 'it was always there');
  t.equal(expectations(root).build('kasan'), undefined);
});

t.test('only what did the same counts', async (t) => {
  const root = t.testdir({});
  const commits = applyRecord('/w').commits.length;
  writeRun(root, '20260101T000000-test-1', {
    apply: applyRecord('/w', { durationMs: 20_000 }),
    'config.default': configRecord(source, { ms: 40 }),
    unit: { ...suite('unit'), ms: 50 },
    'selftest.default': selftest(60, 'b', 'a', 'workbench'),
  });
  writeRun(root, '20260102T000000-test-1', {
    apply: applyRecord('/w', { durationMs: 3, reused: commits }),
    'selftest.default': selftest(7, 'a'),
  });
  writeRun(root, '20260103T000000-check-1', {
    check: checkRecord({ patches: [checkedPatch('01', { objects: ['a.o'] }), checkedPatch('02')], ms: 80 }),
    bisect: bisectRecord([], { patches: [builtPatch('01', ['DTRACE=y', 'DTRACE=n'])], ms: 90 }),
  });
  const asked = expectations(root);
  t.strictSame([asked.check(2, false), asked.check(2, true), asked.check(1, false)], [80, undefined, undefined]);
  t.strictSame([asked.bisect(1, 2), asked.bisect(1, 1), asked.bisect(2, 2)], [90, undefined, undefined]);
  t.strictSame([asked.apply(), asked.config('default')], [20_000, 40]);
  t.strictSame([asked.suite('unit', 1), asked.suite('unit', 2), asked.suite('types', 1)], [50, undefined, undefined]);
  t.equal(asked.selftest('default', ['a', 'workbench', 'b']), 60);
  t.equal(asked.selftest('default', ['a']), 7);
  t.equal(asked.selftest('default', ['b']), undefined);
  t.equal(asked.selftest('debug', ['a']), undefined);
  t.equal(asked.topic('default', 'workbench'), 12);
});
