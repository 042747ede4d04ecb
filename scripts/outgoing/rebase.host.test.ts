import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { worktreeLock, worktreePath } from '../apply/state.ts';
import { acquire } from '../lib/lock.ts';
import { git, lines, write, type Fixture } from '../testing/project.ts';
import { eventually, killNow, runScript } from '../testing/process.ts';
import { apply, EDIT_1, failure, patchTexts, refresh, withSeries } from '../testing/series.ts';

t.setTimeout(300_000);

/** `git rebase --interactive`, with `edit` for the list of commits: it gets a file's name as every editor does. */
function rebase(worktree: string, base: string, edit: string): void {
  execFileSync('git', ['rebase', '-q', '--interactive', base], {
    cwd: worktree,
    stdio: 'pipe',
    env: { ...process.env, GIT_SEQUENCE_EDITOR: edit, GIT_EDITOR: 'true' },
  });
}

/**
 * Patch files and manifest say what the commits do: a fresh apply of them gives the same tree, and a refresh changes
 * nothing.
 */
async function roundTrip(
  f: Fixture,
  worktree: string,
): Promise<{ readonly subjects: string[]; readonly files: string[] }> {
  const tree = git(worktree, 'rev-parse', 'HEAD^{tree}').trim();
  const record = await refresh(f);
  const texts = patchTexts(f);
  const applied = await apply(f, {}, {});
  if (applied.tree !== tree) throw new Error('the patches make another tree');
  const again = await refresh(f);
  if (again.written.length + again.removed.length > 0 || JSON.stringify(patchTexts(f)) !== JSON.stringify(texts))
    throw new Error('the second refresh changes something');
  return {
    subjects: record.patches.map(({ subject }) => subject),
    files: Object.keys(texts).filter((name) => name.endsWith('.patch')),
  };
}

t.test('git rebase --interactive: reordered and dropped', async (t) => {
  const f = await withSeries('rebase');
  t.teardown(f.remove);
  const { worktree, base } = await apply(f);
  rebase(worktree, base.commit, "sed -i '1{h;d};2{G}'");
  t.strictSame(await roundTrip(f, worktree), {
    subjects: ['ring: add a file', 'core: say five', 'core: say twenty-five'],
    files: ['0001-ring-add-a-file.patch', '0002-core-say-five.patch', '0003-core-say-twenty-five.patch'],
  });
  rebase(worktree, base.commit, "sed -i '2s/^pick/drop/'");
  t.strictSame(await roundTrip(f, worktree), {
    subjects: ['ring: add a file', 'core: say twenty-five'],
    files: ['0001-ring-add-a-file.patch', '0002-core-say-twenty-five.patch'],
  });
  const manifest = readFileSync(join(f.project, 'patches/series.yaml'), 'utf8');
  t.match(
    manifest,
    /id: "01"\n {4}file: 0001-ring-add-a-file\.patch\n {2}- id: "02"\n {4}file: 0002-core-say-twenty-five\.patch\n$/,
  );
});

t.test('git commit --amend: of the last one, and of one in the middle', async (t) => {
  const f = await withSeries('amend');
  t.teardown(f.remove);
  const { worktree, base } = await apply(f);
  const before = patchTexts(f);
  write(worktree, { 'kernel/ring.c': lines('RING') });
  git(worktree, 'commit', '-q', '--amend', '--all', '-m', 'core: say twenty-five, and more\n\nBecause.');
  t.strictSame((await roundTrip(f, worktree)).subjects, [
    'core: say five',
    'ring: add a file',
    'core: say twenty-five, and more',
  ]);
  rebase(worktree, base.commit, "sed -i '2s/^pick/edit/'");
  t.match(await failure(refresh(f)), { code: 'E_AM_IN_PROGRESS' }, 'not while the rebase stands still');
  t.match(await failure(apply(f)), {
    code: 'E_AM_IN_PROGRESS',
    next: /^git -C .* rebase --continue && npm run refresh .* rebase --abort/,
  });
  write(worktree, { 'kernel/new.c': lines('new', 5) });
  git(worktree, 'commit', '-q', '--amend', '--all', '--no-edit');
  git(worktree, 'rebase', '--continue');
  await roundTrip(f, worktree);
  const after = patchTexts(f);
  t.match(after['0002-ring-add-a-file.patch'], /^\+new line 5$/m);
  t.equal(
    after['0001-core-say-five.patch'],
    before['0001-core-say-five.patch'],
    'what was not amended is the same to the byte',
  );
});

t.test('one commit split in two', async (t) => {
  const f = await withSeries('split');
  t.teardown(f.remove);
  const { worktree, base } = await apply(f);
  git(worktree, 'reset', '-q', '--soft', 'HEAD~2');
  git(worktree, 'commit', '-q', '-m', 'everything else');
  await roundTrip(f, worktree);
  const notes = join(f.project, 'patches/0002-everything-else.patch');
  writeFileSync(notes, readFileSync(notes, 'utf8').replace('---\n', '---\n\nv2: two in one\n'));
  await roundTrip(f, worktree);
  rebase(worktree, base.commit, "sed -i '2s/^pick/edit/'");
  git(worktree, 'reset', '-q', 'HEAD^');
  git(worktree, 'add', 'kernel/new.c');
  git(worktree, 'commit', '-q', '-m', 'ring: first half');
  git(worktree, 'commit', '-q', '--all', '-m', 'everything else');
  git(worktree, 'rebase', '--continue');
  t.strictSame(await roundTrip(f, worktree), {
    subjects: ['core: say five', 'ring: first half', 'everything else'],
    files: ['0001-core-say-five.patch', '0002-ring-first-half.patch', '0003-everything-else.patch'],
  });
  t.match(patchTexts(f)['0003-everything-else.patch'], /\n---\n\nv2: two in one\n/, 'notes stay with the subject');
  t.equal(
    readFileSync(join(worktree, 'kernel/core.c'), 'utf8').replace('core line twenty-five', 'core line 25'),
    EDIT_1,
  );
});

for (const file of ['0002-core-say-five.patch', 'series.yaml']) {
  t.test(`kill -9 while refresh writes ${file}: the next one writes everything`, async (t) => {
    const f = await withSeries('half');
    t.teardown(f.remove);
    const { worktree, base } = await apply(f);
    rebase(worktree, base.commit, "sed -i '1{h;d};2{G}'");
    const names = (): string[] => readdirSync(join(f.project, 'patches'));
    const before = names();
    const child = runScript(join(import.meta.dirname, '../testing/refresh-once.ts'), [
      f.project,
      f.kernel,
      dirname(f.context.cache.root),
      file,
    ]);
    const half = await eventually('the pipe', () =>
      readdirSync(join(f.project, 'patches')).find((name) => name.endsWith('.tmp')),
    );
    await eventually('the file before it', () => existsSync(join(f.project, 'patches/0001-ring-add-a-file.patch')));
    await sleep(50);
    t.equal(await killNow(child), 'SIGKILL');
    t.equal(
      names().filter((name) => !before.includes(name) && name !== half).length,
      file === 'series.yaml' ? 2 : 1,
      'half of it is written',
    );
    t.match(await failure(apply(f)), { code: 'E_SERIES', next: /npm run refresh/ });
    t.strictSame(await roundTrip(f, worktree), {
      subjects: ['ring: add a file', 'core: say five', 'core: say twenty-five'],
      files: ['0001-ring-add-a-file.patch', '0002-core-say-five.patch', '0003-core-say-twenty-five.patch'],
    });
    t.strictSame(
      names().filter((name) => name.endsWith('.tmp')),
      [],
    );
  });
}

t.test('refresh waits for a lock, and Ctrl-C ends the waiting', async (t) => {
  const f = await withSeries('waits');
  t.teardown(f.remove);
  await apply(f);
  const key = readdirSync(f.context.cache.worktrees).find((name) => !name.includes('.')) ?? '';
  const release = await acquire(worktreeLock(worktreePath(f.context.cache, key)), { purpose: 'testing' });
  t.teardown(release);
  const abort = new AbortController();
  const log: typeof f.context.log = (entry) => {
    if (entry.kind === 'note' && entry.text.startsWith('waiting for "testing"')) abort.abort();
  };
  t.match(await failure(refresh({ ...f, context: { ...f.context, log, signal: abort.signal } })), {
    code: 'E_INTERRUPTED',
    exitCode: 130,
  });
});
