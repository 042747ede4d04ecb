/** What a person's checkout is set to: the worktree has every file of the commit, byte for byte, or it is E_TREE. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { exportSeries } from '../outgoing/export.ts';
import { loadSeries } from '../series/load.ts';
import { git, write, type Fixture } from '../testing/project.ts';
import { apply, EDIT_1, failure, withSeries } from '../testing/series.ts';

t.setTimeout(300_000);

/** No file is left out, and one that the series changes has the bytes of the commit. */
function isWhole(t: Test, f: Fixture, worktree: string, tree: string): void {
  t.strictSame(
    git(worktree, 'ls-files', '-t')
      .split('\n')
      .filter((line) => line.startsWith('S ')),
    [],
  );
  t.equal(
    readFileSync(join(worktree, 'kernel/core.c'), 'utf8'),
    EDIT_1.replace('core line 25\n', 'core line twenty-five\n'),
  );
  t.ok(existsSync(join(worktree, 'tools/run.sh')));
  t.equal(tree, git(f.kernel, 'rev-parse', 'work^{tree}').trim());
}

t.test('a sparse checkout gives a whole worktree, and stays sparse', async (t) => {
  for (const options of [['--cone'], ['--no-cone'], ['--cone', '--sparse-index']]) {
    const f = await withSeries('sparse');
    t.teardown(f.remove);
    git(f.kernel, 'reset', '-q', '--hard');
    git(f.kernel, 'sparse-checkout', 'set', ...options, 'tools');
    t.notOk(existsSync(join(f.kernel, 'kernel/core.c')));
    const { worktree, tree } = await apply(f);
    isWhole(t, f, worktree, tree);
    git(worktree, 'checkout', '-q', '--detach', 'HEAD~3');
    git(worktree, 'checkout', '-q', 'test-v2');
    isWhole(t, f, worktree, tree);
    t.notOk(existsSync(join(f.kernel, 'kernel/core.c')), options.join(' '));
    t.notOk(
      f.entries.some((entry) => entry.kind === 'note' && entry.text.includes('uncommitted')),
      'what is left out is no change',
    );
  }
});

t.test('a worktree that was made sparse is refused until it is whole', async (t) => {
  const f = await withSeries('left-out');
  t.teardown(f.remove);
  const { worktree, tree } = await apply(f);
  git(worktree, 'sparse-checkout', 'set', 'tools');
  const error = await failure(apply(f));
  t.match(error, { code: 'E_TREE', message: /sparse: [1-9]/, detail: /S kernel\/core\.c/ });
  execFileSync('bash', ['-c', error.next], { stdio: 'ignore' });
  t.match(await apply(f), { reused: 3 });
  isWhole(t, f, worktree, tree);
});

t.test('a partial clone whose server is away: git says so, and with the server it works', async (t) => {
  for (const [name, options] of [
    ['bare of files', ['--no-checkout']],
    ['sparse', ['--sparse']],
  ] as const) {
    const f = await withSeries('partial');
    t.teardown(f.remove);
    git(f.kernel, 'config', 'uploadpack.allowFilter', 'true');
    git(f.kernel, 'config', 'uploadpack.allowAnySHA1InWant', 'true');
    const clone = join(f.dir, 'clone');
    git(f.dir, 'clone', '-q', '--filter=blob:none', ...options, `file://${f.kernel}`, clone);
    renameSync(f.kernel, `${f.kernel}.away`);
    const error = await failure(apply(f, {}, { tree: clone }));
    t.match(
      error,
      {
        code: 'E_TREE',
        exitCode: 11,
        message: /partial clone/,
        detail: /could not fetch|promisor remote/,
        next: /^git -C .* fetch {2}#/,
      },
      name,
    );
    renameSync(`${f.kernel}.away`, f.kernel);
    const { worktree, tree } = await apply(f, {}, { tree: clone });
    isWhole(t, f, worktree, tree);
  }
});

t.test("a tree whose Makefile is not there has git's own words", async (t) => {
  const f = await withSeries('no-makefile');
  t.teardown(f.remove);
  git(f.kernel, 'rm', '-q', 'Makefile');
  git(f.kernel, 'commit', '-q', '-m', 'no makefile');
  t.match(await failure(apply(f)), {
    code: 'E_TREE',
    message: /cannot be read/,
    detail: /path 'Makefile' does not exist/,
  });
});

t.test("a setting that git refuses has git's own words, and the tree is called nothing else", async (t) => {
  const f = await withSeries('refused');
  t.teardown(f.remove);
  for (const [key, value, message] of [
    ['core.abbrev', '99', /git does not open/],
    ['core.bare', 'banana', /git does not open/],
    ['gpg.format', 'bad', /git does not read .* HEAD/],
    ['log.date', 'bad', /git does not read .* HEAD/],
  ] as const) {
    git(f.kernel, 'config', key, value);
    const error = await failure(apply(f));
    t.match(error, { code: 'E_TREE', exitCode: 11, message, detail: new RegExp(value), next: /^git -C / }, key);
    t.throws(() => execFileSync('bash', ['-c', error.next], { stdio: 'ignore' }), `${key}: the command shows it`);
    execFileSync('git', ['config', '-f', join(f.kernel, '.git/config'), '--unset', key]);
  }
  for (const [key, value] of [
    ['am.threeWay', 'bad'],
    ['mailinfo.quotedCr', 'bad'],
    ['merge.conflictStyle', 'bad'],
  ] as const) {
    git(f.kernel, 'config', key, value);
    t.match(
      await failure(apply(f)),
      { code: 'E_TREE', exitCode: 11, message: /git cannot work in/, detail: /bad/ },
      key,
    );
    execFileSync('git', ['config', '-f', join(f.kernel, '.git/config'), '--unset', key]);
  }
  t.match(await apply(f), { commits: { length: 3 } });
});

t.test('the charset that a person has git speak in is not the one in which it is heard', async (t) => {
  for (const charset of ['UTF-16', 'latin1']) {
    const f = await withSeries('charset');
    t.teardown(f.remove);
    git(f.kernel, 'config', 'i18n.commitEncoding', charset);
    git(f.kernel, 'config', 'i18n.logOutputEncoding', charset);
    const path = join(f.project, 'patches/0002-ring-add-a-file.patch');
    writeFileSync(path, readFileSync(path, 'utf8').replace('ring: add a file', 'ring: größer'));
    const applied = await apply(f);
    isWhole(t, f, applied.worktree, applied.tree);
    const raw = git(applied.worktree, 'cat-file', 'commit', 'HEAD~1');
    t.match(raw, /\n\nring: größer\n/, charset);
    t.notMatch(raw, /^encoding/m);
    const { files } = await exportSeries(f.project, loadSeries(f.project), applied, f.dir);
    t.match(readFileSync(files[0] ?? '', 'utf8'), /^ {2}ring: größer$/m, `${charset}: the list of the cover letter`);
  }
});

t.test('settings that change what is checked out are not asked', async (t) => {
  const f = await withSeries('settings');
  t.teardown(f.remove);
  write(f.dir, { mine: '* text eol=crlf\n*.c filter=mine ident\n' });
  const settings = [
    ['core.attributesFile', join(f.dir, 'mine')],
    ['core.autocrlf', 'true'],
    ['core.eol', 'crlf'],
    ['core.symlinks', 'false'],
    ['filter.mine.smudge', 'tr a-z A-Z'],
    ['filter.mine.clean', 'cat'],
  ] as const;
  for (const [name, value] of settings) git(f.kernel, 'config', name, value);
  const { worktree, tree } = await apply(f);
  isWhole(t, f, worktree, tree);
});

t.test(
  'attributes of the repository that change what is checked out are refused with their line, all others are not',
  async (t) => {
    const f = await withSeries('attributes');
    t.teardown(f.remove);
    const file = join(f.kernel, '.git/info/attributes');
    for (const line of [
      '* text eol=crlf',
      '*.c filter=mine',
      'kernel/* ident',
      '*.c working-tree-encoding=UTF-16',
      '[attr]mine -text',
      '*.c merge=ours',
      '*.c binary',
      '*.c crlf=input',
    ]) {
      write(f.kernel, { '.git/info/attributes': `# text\n${line}\n` });
      t.match(
        await failure(apply(f)),
        { code: 'E_TREE', exitCode: 11, position: { file, line: 2 }, detail: line },
        line,
      );
    }
    const { next } = await failure(apply(f));
    execFileSync('bash', ['-c', next]);
    const { worktree, tree } = await apply(f);
    isWhole(t, f, worktree, tree);
    write(f.kernel, { '.git/info/attributes': '*.c diff=cpp\n*.text export-ignore\n*.c whitespace=tab-in-indent\n' });
    t.match(await apply(f), { reused: 3 });
  },
);
