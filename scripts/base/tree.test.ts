import { join, relative } from 'node:path';
import t from 'tap';
import { formatArgv } from '../lib/exec.ts';
import { loadManifest } from '../series/load.ts';
import { git, makeKernel, MAKEFILE } from '../testing/project.ts';
import { apply, failure, withSeries } from '../testing/series.ts';
import { again } from './again.ts';
import { resolveBase, type BaseChoice } from './resolve.ts';

// a machine that also builds a kernel is slow
t.setTimeout(300_000);

t.test('trees that cannot be a base', async (t) => {
  const f = await withSeries('trees');
  t.teardown(f.remove);
  t.match(await failure(apply(f, {}, { tree: join(f.dir, 'nowhere') })), {
    code: 'E_TREE',
    exitCode: 11,
    message: /does not exist/,
  });
  t.match(await failure(apply(f, {}, { tree: f.project })), { code: 'E_TREE', message: /not a git repository/ });
  t.match(await failure(apply(f, {}, { onto: 'no-such-branch' })), { code: 'E_TREE', next: /--onto/ });
  const other = join(f.dir, 'other');
  makeKernel(other, 'all:\n\techo no kernel\n');
  t.match(await failure(apply(f, {}, { tree: other })), { code: 'E_TREE', message: /not a kernel tree/ });
  const old = join(f.dir, 'old');
  makeKernel(old, MAKEFILE.replace('12', '1'));
  t.match(await failure(apply(f, {}, { tree: old })), {
    code: 'E_BASE_VERSION',
    exitCode: 11,
    message: /is Linux 6.1.1; the series is for 6.12/,
  });
  t.equal((await apply(f, {}, { tree: old, anyVersion: true })).base.kernel, '6.1.1');
  git(f.dir, 'clone', '-q', '--depth', '1', `file://${f.kernel}`, 'shallow');
  t.equal((await apply(f, {}, { tree: join(f.dir, 'shallow') })).commits.length, 3);
  t.match(await failure(apply(f, {}, { tree: undefined, base: 'v9' })), { code: 'E_USAGE', exitCode: 2 });
});

t.test('the options that choose a base go with the commands that are printed', async (t) => {
  const f = await withSeries('options');
  t.teardown(f.remove);
  const { data } = loadManifest(f.project);
  const rows: [choice: BaseChoice, options: string[]][] = [
    [{}, []],
    [{ onto: 'master' }, ['--onto', 'master']],
    [{ base: 'v6.12' }, ['--base', 'v6.12']],
    [{ anyVersion: true }, ['--any-version']],
    [{ applied: true }, []],
  ];
  for (const [choice, options] of rows) {
    const base = await resolveBase(data, { tree: relative(process.cwd(), f.kernel), ...choice }, f.context);
    // the same tree from wherever one is
    t.strictSame([...base.options].sort(), ['--tree', f.kernel, ...options].sort());
    t.equal(again(base, 'apply', '--force'), formatArgv(['npm', 'run', 'apply', '--', ...base.options, '--force']));
  }
  t.equal(again({ options: [] }, 'refresh'), 'npm run refresh');
  const old = join(f.dir, 'old');
  makeKernel(old, MAKEFILE.replace('12', '1'));
  const { next } = await failure(apply(f, {}, { tree: old, base: 'v6.12', onto: 'HEAD~0' }));
  t.equal(
    next.split('  #')[0],
    formatArgv(['npm', 'run', 'apply', '--', '--base', 'v6.12', '--tree', old, '--onto', 'HEAD~0', '--any-version']),
  );
});
