import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { AUTHOR, commit, git, lines, write, writeManifest } from '../testing/project.ts';
import { apply, EDIT_1, failure, withSeries } from '../testing/series.ts';
import { formatTable } from './record.ts';

// a machine that also builds a kernel is slow
t.setTimeout(300_000);

t.test('applies a series, and a second time does nothing', async (t) => {
  const f = await withSeries('again');
  t.teardown(f.remove);
  const first = await apply(f);
  t.match(first, {
    reused: 0,
    commits: [{ id: '01', fit: 'exact', added: 1, removed: 1 }, { id: '02', files: 1 }, { id: '03' }],
  });
  t.equal(git(first.worktree, 'rev-parse', 'HEAD^{tree}'), git(f.kernel, 'rev-parse', 'work^{tree}'));
  t.match(formatTable(first), /^01 {2}core: say five {13}[0-9a-f]{12} {6}1 {2}\+1 {2}-1$/m);
  const second = await apply(f);
  t.match(second, { reused: 3, head: first.head });
  t.equal(
    git(first.worktree, 'log', '-1', '--format=%an %ae %cn %ce %at'),
    'dtrace-bpf dtrace-bpf@localhost dtrace-bpf dtrace-bpf@localhost 1700000180\n',
  );
});

t.test('a patch made for files that the base does not have', async (t) => {
  const f = await withSeries('lacking');
  t.teardown(f.remove);
  const path = join(f.project, 'patches/0001-core-say-five.patch');
  writeFileSync(
    path,
    readFileSync(path, 'utf8')
      .replaceAll('core line 7', 'core line VII')
      .replace(/^index [0-9a-f]+/m, `index ${'1'.repeat(40)}`),
  );
  const error = await failure(apply(f));
  t.match(error, { code: 'E_PATCH_CONFLICT', position: { line: 14 } });
  t.match(error.detail, /patch failed: kernel\/core.c:2[\s\S]*the base has there:\n2: core line 2/);
});

t.test('hunks at shifted lines and three-way merges are reported', async (t) => {
  const f = await withSeries('fuzz');
  t.teardown(f.remove);
  const moved = `// one more\n${lines('core').replace('core line 23\n', 'core line XXIII\n')}`;
  commit(f.kernel, 'upstream moved on', { 'kernel/core.c': moved });
  const record = await apply(f);
  t.strictSame(
    record.commits.map(({ fit }) => fit),
    ['shifted', 'exact', 'merged'],
  );
  t.match(formatTable(record), /three-way merge: read it/);
});

t.test('a patch that the base has already', async (t) => {
  const f = await withSeries('has');
  t.teardown(f.remove);
  git(f.kernel, 'cherry-pick', 'work~1');
  t.match(await failure(apply(f)), {
    code: 'E_PATCH_IN_BASE',
    exitCode: 11,
    position: { file: 'patches/0002-ring-add-a-file.patch' },
  });
});

t.test('a patch of which nothing is left, though git takes it', async (t) => {
  const modes = (before: string, after: string): string =>
    `diff --git a/tools/run.sh b/tools/run.sh\nold mode ${before}\nnew mode ${after}\n`;
  const f = await withSeries('nothing');
  t.teardown(f.remove);
  await apply(f);
  appendFileSync(join(f.project, 'patches/series.yaml'), '  - id: "04"\n    file: 0004-x.patch\n');
  const text = `From: ${AUTHOR}\nSubject: core: x\n\nWhy.\n---\n`;
  write(f.project, { 'patches/0004-x.patch': text + modes('100644', '100755') });
  for (const time of ['once', 'again'])
    t.match(await failure(apply(f)), { code: 'E_PATCH_IN_BASE', position: { file: 'patches/0004-x.patch' } }, time);
  write(f.project, { 'patches/0004-x.patch': text + modes('100755', '100644') });
  t.match(await apply(f), { reused: 3, commits: { length: 4 } }, 'corrected');
});

t.test('a merge that leaves the files of the patch in the worktree is a conflict, and not in the base', async (t) => {
  const rows: readonly (readonly [name: string, change: (kernel: string) => void, words: RegExp])[] = [
    ['deleted', (kernel) => void git(kernel, 'rm', '-q', 'kernel/core.c'), /CONFLICT \(modify\/delete\)/],
    ['a directory', (kernel) => write(kernel, { 'kernel/new.c/other.c': 'int other;\n' }), /CONFLICT|directory/],
    ['other content', (kernel) => write(kernel, { 'kernel/new.c': 'int other;\n' }), /CONFLICT|already exists/],
    [
      'a file in place of the folder',
      (kernel) => {
        git(kernel, 'rm', '-rq', 'kernel');
        write(kernel, { kernel: 'int other;\n' });
      },
      /CONFLICT/,
    ],
  ];
  for (const [name, change, words] of rows) {
    const f = await withSeries('left');
    t.teardown(f.remove);
    change(f.kernel);
    git(f.kernel, 'add', '--all');
    git(f.kernel, 'commit', '-q', '-m', name);
    t.match(await failure(apply(f)), { code: 'E_PATCH_CONFLICT', exitCode: 11, detail: words }, name);
    t.match(await failure(apply(f)), { code: 'E_PATCH_CONFLICT', detail: words }, `${name}: again`);
  }
});

t.test('fewer, more and reordered entries of the manifest', async (t) => {
  const f = await withSeries('fewer');
  t.teardown(f.remove);
  const { worktree } = await apply(f);
  rmSync(join(f.project, 'patches/0003-core-say-twenty-five.patch'));
  writeManifest(f.project, ['0001-core-say-five.patch', '0002-ring-add-a-file.patch']);
  t.match(await apply(f), { reused: 2, commits: { length: 2 } });
  t.equal(readFileSync(join(worktree, 'kernel/core.c'), 'utf8'), EDIT_1);
});
