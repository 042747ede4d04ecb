import t from 'tap';
import { ResourceTable } from './resources.ts';

t.test('a scope ends with what was created in it, newest first', async (t) => {
  const table = new ResourceTable();
  const gone: string[] = [];
  const add = (name: string, errno = 0): number => table.add(name, {}, () => (gone.push(name), errno));
  const before = add('before');
  table.begin('test');
  add('object');
  const link = add('link');
  add('ring', 9);
  await table.release(link);
  t.strictSame(gone, ['link'], 'early release');
  t.match(await table.end('test'), { released: 2, problems: ['release of ring 4: errno 9'] });
  t.strictSame(gone, ['link', 'ring', 'object']);
  t.equal(table.get(before).kind, 'before', 'what is older stays');
});

t.test('a release that throws is a problem of the test and stops nothing', async (t) => {
  const table = new ResourceTable();
  table.begin('test');
  let isReleased = false;
  table.add('first', {}, () => ((isReleased = true), 0));
  table.add('second', {}, () => Promise.reject(new Error('stuck')));
  t.match(await table.end('test'), { problems: [/second 2: stuck/] });
  t.ok(isReleased);
});

t.test('ending an outer scope ends the inner ones', async (t) => {
  const table = new ResourceTable();
  table.begin('outer');
  table.begin('inner');
  table.add('x', {}, () => 0);
  t.equal((await table.end('outer')).released, 1);
  await t.rejects(table.end('inner'), /no scope inner/);
});

t.test('handles are checked', async (t) => {
  const table = new ResourceTable();
  const map = table.add('map', { fd: 7 }, () => 0);
  t.equal(table.get(map, 'map', 'prog').fd, 7);
  t.throws(() => table.get(map, 'prog'), /is a map, not a prog/);
  await table.release(map);
  t.throws(() => table.get(map), /is not held/);
});
