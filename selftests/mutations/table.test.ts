import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { BUFFER_MUTATIONS } from './table-buffer.ts';
import { controlFor, madeOn, MUTATIONS } from './table.ts';
import { patchFor } from './tree.ts';

const read = (file: string): string => readFileSync(new URL(file, import.meta.url), 'utf8');

for (const [file, rows] of [
  ['mutations.patch', MUTATIONS],
  ['mutations-buffer.patch', BUFFER_MUTATIONS],
  ['v6.12/mutations.patch', madeOn('v6.12', MUTATIONS)],
  ['v6.12/mutations-buffer.patch', madeOn('v6.12', BUFFER_MUTATIONS)],
] as const) {
  t.test(`a row for each number of ${file}, in its order`, async (t) => {
    const patch = read(file);
    const members = [...patch.matchAll(/^\+\tMUTATION_(\w+)(?: = (\d+))?,$/gm)];
    const names = members.map(([, name]) => name);
    // as the compiler counts them: a row that this base lacks leaves a gap
    let last = 0;
    t.same(
      rows.map(({ number }) => number),
      members.map(([, , value]) => (last = value === undefined ? last + 1 : Number(value))),
    );
    for (const name of names) t.match(patch, new RegExp(`mutated\\(${name}\\)`), `${name} is used`);
  });
}

t.test('a base has a diff of its own, or that of the primary one', async (t) => {
  const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
  t.equal(patchFor('v6.12', path('mutations.patch')), path('v6.12/mutations.patch'));
  t.equal(patchFor('v7.3', path('mutations.patch')), path('mutations.patch'));
});

t.test('topics that exist', async (t) => {
  for (const topic of controlFor([...MUTATIONS, ...BUFFER_MUTATIONS]).topics)
    t.ok(existsSync(new URL(`../${topic}.test.ts`, import.meta.url)), topic);
});

t.test('the control run has each topic once', async (t) => {
  const rows = [1, 2].map((number) => ({ number, name: '', breaks: '', topics: ['b', 'a'] }));
  t.match(controlFor(rows), { number: 0, topics: ['a', 'b'] });
});
