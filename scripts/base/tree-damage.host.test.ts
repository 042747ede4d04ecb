/** A person's repository that has lost or damaged an object, or that is of a kind which nothing here is made for. */
import { chmodSync, cpSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { refreshRange } from '../outgoing/refresh.ts';
import { commit, git, lines, makeFixture, write } from '../testing/project.ts';
import { apply, failure, patchTexts, withSeries } from '../testing/series.ts';

t.setTimeout(300_000);

const OBJECTS = [
  'HEAD:kernel/core.c',
  'HEAD:kernel/ring.c',
  'HEAD:Makefile',
  'HEAD:kernel',
  'HEAD^{tree}',
  'HEAD',
] as const;

/** Each leaves a file that git cannot read an object from. */
const HARMS: Readonly<Record<string, (file: string) => void>> = {
  missing: (file) => rmSync(file),
  empty: (file) => truncateSync(file, 0),
  'cut off': (file) => truncateSync(file, readFileSync(file).length - 5),
  'no object': (file) => writeFileSync(file, 'this is text'),
};

for (const object of OBJECTS) {
  t.test(`${object} cannot be read: E_TREE with git's words; and with it, apply goes on`, async (t) => {
    for (const [how, harm] of Object.entries(HARMS)) {
      const f = await withSeries('damage');
      t.teardown(f.remove);
      const id = git(f.kernel, 'rev-parse', object).trim();
      const file = join(f.kernel, '.git/objects', id.slice(0, 2), id.slice(2));
      cpSync(file, `${file}.kept`);
      chmodSync(file, 0o644);
      harm(file);
      const error = await failure(apply(f));
      t.match(error, { code: 'E_TREE', exitCode: 11, detail: /\S/, next: /\S/ }, how);
      t.match(error.detail, /unable to|could not|not read|corrupt|bad|missing|empty|mismatch|error|fatal|exited/i, how);
      t.notMatch(error.message + error.next, /dtrace-bpf-reader/, `${how}: where a person can do something`);
      renameSync(`${file}.kept`, file);
      t.match(await apply(f), { commits: [{ fit: 'exact' }, { fit: 'exact' }, { fit: 'exact' }] }, how);
    }
  });
}

t.test(
  'an index that cannot be read: E_TREE with the words of git; and a .git directory is a tree without one',
  async (t) => {
    const f = await withSeries('index');
    t.teardown(f.remove);
    t.match(await apply(f, {}, { tree: join(f.kernel, '.git') }), { commits: { length: 3 } });
    for (const text of ['', 'this is no index, whatever git looks for in it']) {
      writeFileSync(join(f.kernel, '.git/index'), text);
      t.match(await failure(apply(f)), {
        code: 'E_TREE',
        exitCode: 11,
        detail: /index file/,
        next: /^git -C .* status$/,
      });
    }
  },
);

t.test('a repository of SHA-256 is refused by that name', async (t) => {
  const f = await withSeries('sha256');
  t.teardown(f.remove);
  const other = join(f.dir, 'other');
  git(f.dir, 'init', '-q', '--object-format=sha256', '-b', 'master', other);
  cpSync(join(f.kernel, 'Makefile'), join(other, 'Makefile'));
  git(other, 'config', 'user.name', 'a');
  git(other, 'config', 'user.email', 'a@b');
  write(other, { 'kernel/core.c': lines('core'), 'kernel/ring.c': lines('ring') });
  git(other, 'add', '.');
  git(other, 'commit', '-q', '-m', 'base');
  t.match(await failure(apply(f, {}, { tree: other })), { code: 'E_TREE', exitCode: 11, message: /sha256/ });
  git(other, 'commit', '-q', '--allow-empty', '-m', 'more');
  const before = patchTexts(f);
  t.match(await failure(refreshRange(f.project, other, 'HEAD~1..HEAD', { adopt: true, dryRun: false })), {
    code: 'E_TREE',
    message: /sha256/,
  });
  t.strictSame(patchTexts(f), before);
});

t.test('a repository with a newline in its path is refused as a tree, and read as a range', async (t) => {
  const f = await withSeries('newline');
  t.teardown(f.remove);
  const other = join(f.dir, 'my\nlinux "6"');
  renameSync(f.kernel, other);
  t.match(await failure(apply(f, {}, { tree: other })), {
    code: 'E_TREE',
    exitCode: 11,
    message: /line break in (?:its|the) path/,
  });
  const before = patchTexts(f);
  await refreshRange(f.project, other, 'master..work', { adopt: false, dryRun: false });
  t.strictSame(patchTexts(f), before);
});

t.test('a file with a newline, a quote or a tab in its name is applied and read back as it is', async (t) => {
  const f = makeFixture('names');
  t.teardown(f.remove);
  git(f.kernel, 'switch', '-q', '-c', 'work');
  const names = ['kernel/a\nb.c', 'kernel/"q".c', 'kernel/t\tt.c', 'kernel/ü ß.c', 'kernel/back\\slash.c'];
  for (const [index, name] of names.entries())
    commit(f.kernel, `core: add a file ${index}`, {
      [name]: lines('new'),
      'kernel/core.c': `${index}\n${lines('core')}`,
    });
  git(f.kernel, 'switch', '-q', 'master');
  await refreshRange(f.project, f.kernel, 'master..work', { adopt: false, dryRun: false });
  const { commits, tree, worktree } = await apply(f);
  t.strictSame(
    commits.map(({ fit }) => fit),
    names.map(() => 'exact'),
  );
  t.equal(tree, git(f.kernel, 'rev-parse', 'work^{tree}').trim());
  for (const name of names) t.equal(readFileSync(join(worktree, name), 'utf8'), lines('new'), name);
  t.match(await apply(f), { reused: names.length });
});
