/** Programs that a person's configuration names for files, and settings that no list of a person's own may change. */
import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { changedFiles } from '../lib/git.ts';
import { commit, git, lines, write, type Fixture } from '../testing/project.ts';
import { apply, EDIT_1, patchTexts, refresh, withSeries } from '../testing/series.ts';

t.setTimeout(300_000);

const CORE = EDIT_1.replace('core line 25\n', 'core line twenty-five\n');

/** The series on a base whose own attributes name drivers; the person's configuration says what those are. */
async function withAttributes(
  name: string,
  attributes: string,
  settings: readonly (readonly [key: string, value: string])[],
): Promise<{ readonly f: Fixture; readonly onto: string }> {
  const f = await withSeries(name);
  const onto = commit(f.kernel, 'attributes', { '.gitattributes': attributes });
  for (const [key, value] of settings) git(f.kernel, 'config', key, value);
  return { f, onto };
}

const LOUD = 'tr a-z A-Z';
const ROWS: Readonly<Record<string, readonly (readonly [key: string, value: string])[]>> = {
  'a filter of both directions': [
    ['filter.mine.smudge', LOUD],
    ['filter.mine.clean', 'cat'],
  ],
  'a filter whose name has dots, capitals and an equals sign': [
    ['filter.mine.smudge', LOUD],
    ['filter.My.v=1.clean', 'false'],
  ],
  'a filter that fails': [
    ['filter.mine.smudge', 'false'],
    ['filter.mine.clean', 'false'],
    ['filter.mine.required', 'true'],
  ],
  'a filter that is not there': [
    ['filter.mine.process', 'no-such-program'],
    ['filter.mine.required', 'true'],
  ],
  'a filter that is required and says nothing': [['filter.mine.required', 'true']],
  'a driver for merges': [
    ['merge.mine.driver', 'false'],
    ['merge.mine.name', 'mine'],
  ],
  'a driver for all merges': [
    ['merge.default', 'other'],
    ['merge.other.driver', 'cp %B %A'],
  ],
  'what shows differences': [
    ['diff.mine.textconv', 'false'],
    ['diff.mine.command', 'false'],
    ['diff.external', 'false'],
    ['color.ui', 'always'],
    ['color.diff', 'always'],
  ],
  'ends of lines': [
    ['core.autocrlf', 'true'],
    ['core.eol', 'crlf'],
    ['core.safecrlf', 'true'],
  ],
  'what is asked for changes': [
    ['core.fsmonitor', 'false'],
    ['core.ignoreStat', 'true'],
    ['core.ignoreCase', 'true'],
    ['core.fileMode', 'false'],
    ['core.checkStat', 'minimal'],
    ['core.bigFileThreshold', '1'],
    ['core.hooksPath', '/nowhere'],
  ],
  'how a patch is taken': [
    ['apply.whitespace', 'error-all'],
    ['core.whitespace', 'blank-at-eol,tab-in-indent'],
    ['diff.renameLimit', '1'],
    ['submodule.recurse', 'true'],
    ['attr.tree', 'HEAD'],
  ],
};

for (const [name, settings] of Object.entries(ROWS)) {
  t.test(`${name}: the files of the commit, and what is changed there is seen`, async (t) => {
    const { f, onto } = await withAttributes(
      'drivers',
      '*.c filter=mine merge=mine diff=mine text=auto\nkernel/ring.c filter=My.v=1\n',
      settings,
    );
    t.teardown(f.remove);
    const before = patchTexts(f);
    const record = await apply(f, {}, { onto });
    t.equal(readFileSync(join(record.worktree, 'kernel/core.c'), 'utf8'), CORE);
    t.equal(readFileSync(join(record.worktree, 'kernel/ring.c'), 'utf8'), lines('ring'));
    t.strictSame(
      record.commits.map(({ fit }) => fit),
      ['exact', 'exact', 'exact'],
    );
    t.match(await apply(f, {}, { onto }), { reused: 3 });
    await refresh(f);
    t.strictSame(patchTexts(f), before);
    write(record.worktree, { 'kernel/ring.c': lines('mine') });
    chmodSync(join(record.worktree, 'kernel/new.c'), 0o755);
    t.strictSame(await changedFiles(record.worktree), ['kernel/new.c', 'kernel/ring.c']);
  });
}

t.test('a patch that needs a three-way merge is merged by git, whatever driver the person has', async (t) => {
  const results = [];
  for (const driver of ['', 'cp %B %A', 'false', 'true']) {
    const { f } = await withAttributes(
      'merge',
      '*.c merge=mine\n',
      driver === '' ? [] : [['merge.mine.driver', driver]],
    );
    t.teardown(f.remove);
    // close enough to the series' own lines that only a merge of files can do it
    const onto = commit(f.kernel, 'another line', {
      'kernel/core.c': lines('core').replace('core line 8\n', 'core line eight\n'),
    });
    const record = await apply(f, {}, { onto });
    t.match(record.commits[0], { fit: 'merged' });
    results.push(record.tree, readFileSync(join(record.worktree, 'kernel/core.c'), 'utf8'));
  }
  const [tree, text] = results;
  t.match(text, /core line five\n.*core line eight\n.*twenty-five\n/s);
  t.strictSame(results, [tree, text, tree, text, tree, text, tree, text]);
});

t.test('an encoding that the base asks for and git does not have: the bytes of the commit', async (t) => {
  const f = await withSeries('encoding');
  t.teardown(f.remove);
  write(f.kernel, { '.gitattributes': 'kernel/core.c working-tree-encoding=no-such\n' });
  git(f.kernel, 'add', '.gitattributes');
  git(f.kernel, 'commit', '-q', '-m', 'encoding');
  const { worktree, commits } = await apply(f);
  t.equal(readFileSync(join(worktree, 'kernel/core.c'), 'utf8'), CORE);
  t.strictSame(
    commits.map(({ fit }) => fit),
    ['exact', 'exact', 'exact'],
  );
});
