import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { WorkbenchError } from '../lib/errors.ts';
import { formatArgv } from '../lib/exec.ts';
import { commit, git, lines, write } from '../testing/project.ts';
import { apply, failure, patchTexts, refresh, withSeries } from '../testing/series.ts';
import { refreshRange } from './refresh.ts';

// a machine that also builds a kernel is slow
t.setTimeout(300_000);

t.test('refresh changes nothing after apply', async (t) => {
  const f = await withSeries('round');
  t.teardown(f.remove);
  const before = patchTexts(f);
  await apply(f);
  t.match(await refresh(f), { written: { length: 0 }, removed: { length: 0 } });
  t.strictSame(patchTexts(f), before);
  for (const text of Object.values(before)) t.notMatch(text, /^Date:|^-- $|2\.\d+\.\d+/m);
});

t.test('amended, split, dropped and reordered commits come back right', async (t) => {
  const f = await withSeries('edit');
  t.teardown(f.remove);
  const manifest = join(f.project, 'patches/series.yaml');
  writeFileSync(
    manifest,
    readFileSync(manifest, 'utf8').replace('  - id: "02"', '  # the file that was missing\n  - id: "02"'),
  );
  const patch2 = join(f.project, 'patches/0002-ring-add-a-file.patch');
  writeFileSync(patch2, readFileSync(patch2, 'utf8').replace('---\n', '---\n\nv2: it was asked for\n'));
  const { worktree } = await apply(f);
  t.match(
    await refresh(f),
    { written: { length: 0 }, removed: { length: 0 } },
    'notes below the dashes and comments are kept',
  );
  git(worktree, 'reset', '-q', '--hard', 'HEAD~3');
  commit(worktree, 'ring: add a file\n\nIt was missing, and it is longer now.', { 'kernel/new.c': lines('new', 4) });
  commit(worktree, 'core: say twenty-five\n\nFirst half.', {
    'kernel/core.c': lines('core').replace('core line 25\n', 'core line twenty-five\n'),
  });
  commit(worktree, 'core: and say something new', { 'kernel/ring.c': lines('RING') });
  const record = await refresh(f);
  t.strictSame(
    record.patches.map(({ file }) => file),
    ['0001-ring-add-a-file.patch', '0002-core-say-twenty-five.patch', '0003-core-and-say-something-new.patch'],
  );
  const text = readFileSync(manifest, 'utf8');
  t.match(text, /# the file that was missing\n {2}- id: "01"\n {4}file: 0001-ring-add-a-file.patch/);
  t.match(text, /v6.12: # the only one/);
  t.match(
    readFileSync(join(f.project, 'patches/0001-ring-add-a-file.patch'), 'utf8'),
    /longer now.\n---\n\nv2: it was asked for\n/,
  );
  t.match(await apply(f), { reused: 3 }, 'what was refreshed need not be applied');
});

t.test('commits that are not ours are refused, and nothing is written', async (t) => {
  const f = await withSeries('foreign');
  t.teardown(f.remove);
  const before = patchTexts(f);
  const { worktree } = await apply(f);
  write(worktree, { 'kernel/ring.c': 'theirs\n' });
  git(worktree, 'commit', '-q', '-a', '-m', 'theirs', '--author', 'Some One <else@example.org>');
  t.match(await failure(refresh(f)), { code: 'E_REFRESH', exitCode: 11, problems: [{ code: 'REFRESH_FOREIGN' }] });
  t.strictSame(patchTexts(f), before);
  t.equal((await refresh(f, true)).patches.length, 4, 'unless they are adopted');
  git(worktree, 'commit', '-q', '--allow-empty', '-m', '[x] empty');
  t.match(
    (await failure(refresh(f))).problems.map(({ code }) => code),
    ['REFRESH_FOREIGN', 'REFRESH_EMPTY', 'REFRESH_SUBJECT'],
  );
  git(worktree, 'reset', '-q', '--hard', git(f.kernel, 'rev-parse', 'master').trim());
  t.match(await failure(refresh(f)), {
    code: 'E_REFRESH',
    message: /would delete every patch/,
    next: formatArgv(['npm', 'run', 'apply', '--', '--tree', f.kernel, '--force']),
  });
  write(worktree, { 'kernel/ring.c': 'dirty\n' });
  t.match(await failure(refresh(f)), { code: 'E_REFRESH', message: /uncommitted/ });
});

t.test('a range that is none, and one whose base has moved on: what puts it right', async (t) => {
  const f = await withSeries('range');
  t.teardown(f.remove);
  const range = (text: string): Promise<WorkbenchError> =>
    failure(refreshRange(f.project, f.kernel, text, { adopt: false, dryRun: true }));
  for (const text of ['master', 'master..', 'a..b..c'])
    t.match(await range(text), { code: 'E_USAGE', next: 'npm run refresh -- --help' }, text);
  commit(f.kernel, 'upstream moved on', { 'kernel/ring.c': lines('RING') });
  const { code, next } = await range('master..work');
  t.equal(code, 'E_REFRESH');
  t.equal(next, formatArgv(['git', '-C', f.kernel, 'rebase', 'master', 'work']));
  execFileSync('bash', ['-c', next], { stdio: 'ignore' });
  t.match(
    await refreshRange(f.project, f.kernel, 'master..work', { adopt: false, dryRun: true }),
    { patches: { length: 3 } },
    'pasted into bash',
  );
});
