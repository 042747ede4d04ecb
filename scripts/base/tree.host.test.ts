import { join } from 'node:path';
import t from 'tap';
import { formatArgv } from '../lib/exec.ts';
import { errorOf } from '../testing/cli.ts';
import { run } from '../testing/command-line.ts';
import { commit, git, lines, write } from '../testing/project.ts';
import { apply, failure, withSeries } from '../testing/series.ts';

t.setTimeout(300_000);

t.test(
  'a shallow checkout: said, enough for patches that fit, and a conflict for those that need older files',
  async (t) => {
    const f = await withSeries('shallow');
    t.teardown(f.remove);
    const notes = (): string[] =>
      f.entries.flatMap((entry) => (entry.kind === 'note' && entry.text.includes('shallow') ? [entry.text] : []));
    await apply(f);
    t.strictSame(notes(), [], 'a whole one is not called so');
    const shallow = join(f.dir, 'shallow');
    git(f.dir, 'clone', '-q', '--depth', '1', `file://${f.kernel}`, shallow);
    t.equal((await apply(f, {}, { tree: shallow })).commits.length, 3);
    t.strictSame(notes(), [`${shallow} is shallow: patches made for older files cannot be merged three-way there`]);
    commit(f.kernel, 'upstream changed a line next to it', {
      'kernel/core.c': lines('core').replace('core line 7\n', 'core line VII\n'),
    });
    const later = join(f.dir, 'later');
    git(f.dir, 'clone', '-q', '--depth', '1', `file://${f.kernel}`, later);
    const error = await failure(apply(f, {}, { tree: later }));
    t.match(error, {
      code: 'E_PATCH_CONFLICT',
      exitCode: 11,
      position: { file: 'patches/0001-core-say-five.patch', line: 14 },
      next: /apply --reject/,
    });
    t.match(error.detail, /lacks necessary blobs/);
    t.equal((await apply(f)).commits[0]?.fit, 'merged', 'the whole one has them');
  },
);

t.test('a cache in a path with spaces: apply works, and says that a build will not', async (t) => {
  const f = await withSeries('spaces');
  t.teardown(f.remove);
  const before = process.env['XDG_CACHE_HOME'];
  t.teardown(() =>
    before === undefined ? delete process.env['XDG_CACHE_HOME'] : (process.env['XDG_CACHE_HOME'] = before),
  );
  process.env['XDG_CACHE_HOME'] = join(f.dir, 'a cache');
  write(f.project, { 'selftests/topic.test.ts': '' });
  const early = await run(f.project, ['refresh', '--tree', f.kernel, '--json']);
  t.equal(
    errorOf(early).next,
    formatArgv(['npm', 'run', 'apply', '--', '--tree', f.kernel]),
    'with the options that were given, and no other',
  );
  const applied = await run(f.project, ['apply', '--tree', f.kernel]);
  t.equal(applied.code, 0);
  t.match(applied.stderr, /warning: nothing can be built below .*a cache.* export XDG_CACHE_HOME=/);
  for (const command of ['build', 'config', 'test']) {
    const refused = await run(f.project, [command, ...(command === 'test' ? ['--tree', f.kernel] : [])]);
    t.equal(refused.code, 69, command);
    t.match(refused.stderr, /E_HOST_PATH: .*\nnext: export XDG_CACHE_HOME=\/\S+\n/, command);
  }
});
