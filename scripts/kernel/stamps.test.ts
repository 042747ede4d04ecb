import { execFileSync } from 'node:child_process';
import { rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readStamps, recordTimes, restoreTimes, timesFor, unchanged } from './stamps.ts';
import { changedPaths } from './tree-state.ts';

t.test('the same content has its old time, and any other is new', async (t) => {
  const recorded = { a: { blob: '1', mtimeMs: 10 }, b: { blob: '2', mtimeMs: 10 }, gone: { blob: '3', mtimeMs: 10 } };
  const now = { a: { blob: '1', mtimeMs: 99 }, b: { blob: 'x', mtimeMs: 5 }, fresh: { blob: '4', mtimeMs: 5 } };
  t.same(
    [...timesFor(recorded, now, 1000)],
    [
      ['a', 10],
      ['b', 1000],
      ['fresh', 1000],
    ],
  );
  t.same(unchanged(recorded, now), { a: recorded.a });
});

t.test('what one build directory has compiled is not old for another one', async (t) => {
  const dir = t.testdir({ 'a.c': 'base' });
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-C', dir, ...args]).toString();
  const commit = (content: string): void => {
    writeFileSync(join(dir, 'a.c'), content);
    git('commit', '-q', '-a', '-m', content);
  };
  git('init', '-q');
  git('add', 'a.c');
  git('commit', '-q', '-m', 'base');
  const base = git('rev-parse', 'HEAD').trim();
  const built = async (directory: string, compiledAt: number): Promise<void> => {
    utimesSync(join(dir, 'a.c'), compiledAt, compiledAt);
    await recordTimes(dir, base, join(dir, `${directory}.json`));
  };
  commit('one');
  await built('debug', 1000);
  commit('two');
  await built('default', 2000);
  // back to the first, which debug has, and which default has not
  commit('one');
  await restoreTimes(dir, base, join(dir, 'debug.json'));
  t.equal(statSync(join(dir, 'a.c')).mtimeMs, 1_000_000);
  const start = Date.now();
  t.equal(await restoreTimes(dir, base, join(dir, 'default.json')), 0);
  t.ok(statSync(join(dir, 'a.c')).mtimeMs >= start - 1, 'the object of two is older than its source');
  await recordTimes(dir, base, join(dir, 'default.json'));
  t.equal(await restoreTimes(dir, base, join(dir, 'debug.json')), 1, 'and debug has nothing to do');
  t.equal(statSync(join(dir, 'a.c')).mtimeMs, 1_000_000);
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
