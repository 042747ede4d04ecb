import t from 'tap';
import { callersOn, cells } from '../../selftests/tables/matrix.ts';
import { failedTest, type SelftestRecord, type TestRecord } from '../records/selftest.ts';
import { green } from '../testing/report.ts';
import { assemble } from './model.ts';
import { tailCalls } from './tail-calls.ts';

function pageOf(tests: readonly TestRecord[], release = '6.12.117'): string {
  const input = green();
  const record = input.get('selftest.default') as SelftestRecord;
  const topics = [{ topic: 'tail-call-matrix', file: 'selftests/tail-call-matrix.test.ts', log: '', ms: 1, tests }];
  return tailCalls(assemble('run', input.set('selftest.default', { ...record, release, topics })).configs);
}

const passed: TestRecord = { ...failedTest('all of it [jit]', []), status: 'passed', failures: [] };
const cellsOn = (release: string): number =>
  cells(callersOn(release).filter(({ config }) => config === undefined)).length;
const count = (page: string, kind: string): number => page.split(`<g class="${kind}">`).length - 1;

t.test('the picture has every cell, and says that all of them were seen', async (t) => {
  const page = pageOf([passed]);
  t.match(page, /default: every cell came out as designed\./);
  t.equal(count(page, 'calls') + count(page, 'loads') + count(page, 'refused'), cellsOn('6.12.117'));
  t.match(page, /<title>kprobe \| typed dtrace \| caller first: the caller loads and a DTRACE program goes into/);
  t.match(page, /<title>xdp \| typed dtrace \| callee first: the caller is refused/);
  t.equal(count(page, 'differs'), 0);
});

t.test('a type that the kernel may not have is not drawn as seen', async (t) => {
  const page = pageOf([passed], '7.3.4');
  t.match(page, /<p>Not in the picture[^<]*: lsm \(CONFIG_BPF_LSM\), .*netfilter \(CONFIG_NETFILTER_BPF_LINK\)\.<\/p>/);
  t.notMatch(page, /<th scope="row">lsm<\/th>/);
});

t.test('a cell that came out otherwise is marked, in words too', async (t) => {
  const page = pageOf([passed, failedTest('x', [{ message: 'kprobe | untyped | caller first [jit]', detail: '' }])]);
  t.match(page, /default: cells that came out otherwise: 1\./);
  t.equal(count(page, 'differs'), 1);
  t.match(page, /<title>kprobe \| untyped \| caller first[^<]*<\/title><rect [^>]*\/><text [^>]*>not: loads</);
  t.match(page, /<th scope="row">kprobe<\/th><td>not: loads<\/td>/);
});

t.test('a topic that ended early has shown nothing of the rest', async (t) => {
  t.match(pageOf([failedTest('x', [{ message: 'the guest panicked', detail: '' }])]), /did not get through all cells/);
  t.equal(tailCalls(assemble('run', green()).configs), '', 'no picture where it was not run');
});

t.test('the table is that of the kernel that was tested', async (t) => {
  const rows = [
    ['6.12.117', 'refused'],
    ['7.3.4', 'loads'],
  ] as const;
  for (const [release, kind] of rows) {
    const page = pageOf([passed], release);
    t.match(page, new RegExp(`<th scope="row">uprobe\\.s</th><td>${kind}</td>`), release);
    t.equal(count(page, 'calls') + count(page, 'loads') + count(page, 'refused'), cellsOn(release));
  }
});
