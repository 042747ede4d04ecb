import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { longTopics, selectTopics } from './topics.ts';
import { isDebugKernel, kconfigOf } from '../kernel/facts.ts';

const KNOWN = ['buffer', 'smoke', 'tail-call'];

t.test('topics are chosen by name or path, in their own order', async (t) => {
  t.strictSame(selectTopics(KNOWN, []), KNOWN);
  t.strictSame(selectTopics(KNOWN, ['tail-call', 'selftests/buffer.test.ts']), ['buffer', 'tail-call']);
});

t.test('an unknown topic is a usage error that lists the known', async (t) => {
  t.throws(() => selectTopics(KNOWN, ['smok']), { code: 'E_USAGE', message: /no topic smok; there are buffer, smoke/ });
});

t.test('a .config is read as it is written', async (t) => {
  const config = kconfigOf('CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C="text"\nCONFIG_D=0x10\n');
  t.strictSame(config, { CONFIG_A: 'y', CONFIG_C: 'text', CONFIG_D: '0x10' });
  t.notOk(isDebugKernel(config));
  t.ok(isDebugKernel({ CONFIG_KASAN: 'y' }));
});

t.test('a topic has a long form when its file asks for the length', async (t) => {
  const root = t.testdir();
  mkdirSync(join(root, 'selftests'));
  const file = (topic: string, text: string): void => writeFileSync(join(root, 'selftests', `${topic}.test.ts`), text);
  file('by-constant', "import { soak } from './lib/native.ts';");
  file('by-fact', "const n = guest.facts.length === 'soak' ? 1000 : 10;");
  file('short', 'guestTest();');
  file('soaked', 'const soaked = 1;');
  t.same(longTopics(root), ['by-constant', 'by-fact']);
});
