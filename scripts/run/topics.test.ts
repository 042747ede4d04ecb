import t from 'tap';
import { selectTopics } from './topics.ts';
import { add, totals, verdictLine } from '../records/totals.ts';
import { isDebugKernel, parseDotconfig } from '../kernel/facts.ts';

const KNOWN = ['buffer', 'smoke', 'tail-call'];

t.test('topics are chosen by name or path, in their own order', async (t) => {
  t.strictSame(selectTopics(KNOWN, []), KNOWN);
  t.strictSame(selectTopics(KNOWN, ['tail-call', 'selftests/buffer.test.ts']), ['buffer', 'tail-call']);
});

t.test('an unknown topic is a usage error that lists the known', async (t) => {
  t.throws(() => selectTopics(KNOWN, ['smok']), { code: 'E_USAGE', message: /no topic smok; there are buffer, smoke/ });
});

t.test('totals add up and are the last line', async (t) => {
  const test = (status: 'passed' | 'failed' | 'skipped') => ({ name: '', status, reason: '', ms: 0, assertions: 0, failures: [] });
  const one = totals([{ tests: [test('passed'), test('passed'), test('failed')] }, { tests: [test('skipped')] }]);
  t.strictSame(one, { passed: 2, failed: 1, skipped: 1 });
  t.equal(verdictLine(add(one, one)), '4 passed, 2 failed, 2 skipped');
  t.equal(verdictLine(add()), '0 passed, 0 failed, 0 skipped');
});

t.test('a .config is read as it is written', async (t) => {
  const config = parseDotconfig('CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C="text"\nCONFIG_D=0x10\n');
  t.strictSame(config, { CONFIG_A: 'y', CONFIG_C: 'text', CONFIG_D: '0x10' });
  t.notOk(isDebugKernel(config));
  t.ok(isDebugKernel({ CONFIG_KASAN: 'y' }));
});
