import t from 'tap';
import { verdictLine } from './totals.ts';
import { summarise, type UnitTest } from './unit.ts';

const test = (ok: boolean, skip?: string): UnitTest => ({ name: 'x', ok, skip, failures: ok ? [] : [{ name: 'inner', detail: 'why' }] });
const verdict = (...files: UnitTest[][]): string =>
  verdictLine(summarise(files.map((tests, i) => ({ file: `${i}.test.ts`, tests, ms: 1 }))));

t.test('verdicts, a row each', async (t) => {
  t.equal(verdict([test(true), test(true)], [test(true)]), '3 passed, 0 failed, 0 skipped');
  t.equal(verdict([test(true), test(false)]), '1 passed, 1 failed, 0 skipped');
  t.equal(verdict([test(true, 'needs root')]), '0 passed, 0 failed, 1 skipped');
  t.equal(verdict([]), '0 passed, 1 failed, 0 skipped', 'a file without tests');
  t.equal(verdict(), '0 passed, 1 failed, 0 skipped', 'no file at all');
});

t.test('a failure says in which file and why', async (t) => {
  t.same(summarise([{ file: 'a.test.ts', tests: [test(false)], ms: 1 }]).failures, [{ file: 'a.test.ts', name: 'inner', detail: 'why' }]);
});
