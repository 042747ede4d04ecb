import { execFileSync } from 'node:child_process';
import { rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readStamps, recordTimes, restores, restoreTimes, unchanged } from './stamps.ts';
import { changedPaths } from './tree-state.ts';

t.test('only the same content gets its old time back', async (t) => {
  const recorded = { a: { blob: '1', mtimeMs: 10 }, b: { blob: '2', mtimeMs: 10 }, gone: { blob: '3', mtimeMs: 10 } };
  const now = { a: { blob: '1', mtimeMs: 99 }, b: { blob: 'x', mtimeMs: 99 }, fresh: { blob: '4', mtimeMs: 99 } };
  t.same(restores(recorded, now), [{ path: 'a', mtimeMs: 10 }]);
  t.same(unchanged(recorded, now), { a: recorded.a });
});

t.test('a series that is applied again does not look newer than its objects', async (t) => {
  const dir = t.testdir({ 'a.c': 'one', 'b.c': 'one' });
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
      cwd: dir,
      encoding: 'utf8',
    });
  git('init', '-q');
  git('add', '.');
  git('commit', '-q', '-m', 'base');
  const base = git('rev-parse', 'HEAD').trim();
  writeFileSync(join(dir, 'a.c'), 'patched a');
  writeFileSync(join(dir, 'b.c'), 'patched b');
  git('commit', '-q', '-a', '-m', 'series');
  utimesSync(join(dir, 'a.c'), 1000, 1000);
  utimesSync(join(dir, 'b.c'), 1000, 1000);
  const file = join(dir, 'stamps.json');
  await recordTimes(dir, base, file);

  writeFileSync(join(dir, 'a.c'), 'patched a');
  writeFileSync(join(dir, 'b.c'), 'patched differently');
  git('commit', '-q', '-a', '-m', 'series, one patch changed');
  t.equal(await restoreTimes(dir, base, file), 1);
  t.equal(statSync(join(dir, 'a.c')).mtimeMs, 1_000_000);
  t.not(statSync(join(dir, 'b.c')).mtimeMs, 1_000_000);

  t.same(Object.keys(readStamps(file)), ['a.c'], 'until make has passed, b.c is not known');
  writeFileSync(join(dir, 'b.c'), 'patched b');
  git('commit', '-q', '-a', '-m', 'back again, after a build that failed half way');
  await restoreTimes(dir, base, file);
  t.not(statSync(join(dir, 'b.c')).mtimeMs, 1_000_000, 'its object may hold the other version');

  t.strictSame(await changedPaths(dir, base, 'HEAD'), ['a.c', 'b.c']);
  const unknown = '1'.repeat(40);
  t.equal(await changedPaths(dir, unknown, 'HEAD'), undefined);
  await t.rejects(restoreTimes(dir, unknown, file), { code: 'E_TREE' }, 'not "nothing is patched"');
  rmSync(join(dir, '.git'), { recursive: true });
  writeFileSync(join(dir, '.git'), 'gitdir: /nowhere\n');
  await t.rejects(changedPaths(dir, base, 'HEAD'), { code: 'E_EXEC' }, 'a git that fails is no answer');
});

t.test('a damaged record is no record', async (t) => {
  const dir = t.testdir({ 'x.json': '{"a": 1, "b": {"blob": "1", "mtimeMs": 2}}', 'y.json': '{"a' });
  t.same(readStamps(join(dir, 'x.json')), { b: { blob: '1', mtimeMs: 2 } });
  t.same(readStamps(join(dir, 'y.json')), {});
  t.same(readStamps(join(dir, 'none.json')), {});
});
