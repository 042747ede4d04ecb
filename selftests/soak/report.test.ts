import t from 'tap';
import type { SelftestRecord } from '../../scripts/selftest/types.ts';
import { formatSoak, mergeSoak, parseSoak, soakRows } from './report.ts';

const LOG = ['TAP version 14', '# Subtest: rings | large', '    # figures: 10000 rings', '    ok 1 - all', '    1..1', 'ok 1 - rings | large # time=61000ms', '# Subtest: none', '    # not a figure', ''].join('\n');
const record = (status: 'passed' | 'failed' | 'skipped', tree = '0123456789abcdef'): SelftestRecord => ({
  stage: 'selftest', config: 'default', release: '6.12.1', tree, accel: 'tcg', accelReason: '', slowness: 4, boots: [], ms: 0, passed: 1, failed: 0, skipped: 0,
  topics: [{ topic: 'memory', file: '', log: '', ms: 0, tests: [{ name: 'rings | large', status, reason: '', ms: 61_234, assertions: 1, failures: status === 'failed' ? [{ message: 'a leak', detail: '' }] : [] }] }],
});
const logs = new Map([['memory', LOG]]);

t.test('a row has the test, its kernel and its figures', async (t) => {
  t.match(soakRows(record('passed'), logs), [{ topic: 'memory', test: 'rings \\| large', kernel: '6.12.1 (0123456789ab)', seconds: '61', result: 'passed', figures: '10000 rings' }]);
});

t.test('a failure without figures says what failed, a skip is no row', async (t) => {
  t.match(soakRows(record('failed'), new Map()), [{ result: 'failed', figures: 'a leak' }]);
  t.same(soakRows(record('skipped'), logs), []);
});

t.test('what is written is read again', async (t) => {
  const rows = soakRows(record('passed'), logs);
  t.same(parseSoak(formatSoak(rows)), rows);
  t.equal(formatSoak(parseSoak(formatSoak(rows))), formatSoak(rows));
  t.same(parseSoak(''), []);
});

t.test('a new run takes the place of the old one, and of no other', async (t) => {
  const [old] = soakRows(record('passed'), logs);
  const [fresh] = soakRows(record('failed', 'fedcba9876543210'), logs);
  if (old === undefined || fresh === undefined) throw new Error('no rows');
  const other = { ...old, config: 'debug' };
  t.same(mergeSoak([old, other], [fresh]), [other, fresh]);
});
