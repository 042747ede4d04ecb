import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { longTopics } from './long-topics.ts';

t.test('a topic has a long form when its file asks for the length', async (t) => {
  const root = t.testdir();
  mkdirSync(join(root, 'selftests'));
  const file = (topic: string, text: string): void => writeFileSync(join(root, 'selftests', `${topic}.test.ts`), text);
  file('by-constant', "import { soak } from './lib/native.ts';");
  file('by-fact', "const n = guest.facts.length === 'soak' ? 1000 : 10;");
  file('short', 'guestTest();');
  file('soaked', 'const soaked = 1;');
  t.same(longTopics(root, ['by-constant', 'by-fact', 'short', 'soaked']), ['by-constant', 'by-fact']);
});
