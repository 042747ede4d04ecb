import { existsSync, readFileSync } from 'node:fs';
import t from 'tap';
import { CONTROL, MUTATIONS } from './table.ts';

const patch = readFileSync(new URL('./mutations.patch', import.meta.url), 'utf8');

t.test('a row for each number of the patch, in its order', async (t) => {
  const names = [...patch.matchAll(/^\+\tMUTATION_(\w+)(?: = 1)?,$/gm)].map(([, name]) => name);
  t.equal(names.length, MUTATIONS.length);
  t.same(MUTATIONS.map(({ number }) => number), names.map((_, index) => index + 1));
  for (const name of names) t.match(patch, new RegExp(`mutated\\(${name}\\)`), `${name} is used`);
});

t.test('topics that exist', async (t) => {
  for (const topic of CONTROL.topics) t.ok(existsSync(new URL(`../${topic}.test.ts`, import.meta.url)), topic);
});
