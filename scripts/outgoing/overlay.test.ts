import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { ApplyRecord } from '../records/apply.ts';
import { baseNameOf, resolveBase } from '../base/resolve.ts';
import { loadManifest, loadSeries, seriesFor } from '../series/load.ts';
import { commit, git, lines, write } from '../testing/project.ts';
import { apply, failure, patchTexts, refresh } from '../testing/series.ts';
import { editManifest, NEWER_DONE, withTwoBases, type TwoBases } from '../testing/two-bases.ts';
import { apart, type RefreshRecord } from './exported.ts';
import { exportSeries } from './export.ts';
import { refreshRange, refreshWorktree } from './refresh.ts';

t.setTimeout(300_000);

const THIRD = 'patches/0003-core-say-twenty-five.patch';
const overlayOf = (f: TwoBases, base = 'v7.3'): Record<string, string> => {
  const directory = join(f.project, 'patches', base);
  const names = existsSync(directory) ? readdirSync(directory).sort() : [];
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(directory, name), 'utf8')]));
};
const primaryOf = (f: TwoBases): Record<string, string> =>
  Object.fromEntries(Object.entries(patchTexts(f)).filter(([name]) => !name.includes('/')));
const applyNewer = (f: TwoBases): Promise<ApplyRecord> => apply(f, {}, { tree: f.newer });
const refreshNewer = async (f: TwoBases): Promise<RefreshRecord> => {
  const base = await resolveBase(loadManifest(f.project).data, { tree: f.newer, applied: true }, f.context);
  return refreshWorktree(f.project, base, f.context, { adopt: false, dryRun: false });
};

/** The series on both bases: the last patch resolved on the newer one, as a person does it. */
async function ported(t: Test, name: string): Promise<{ f: TwoBases; worktree: string }> {
  const f = await withTwoBases(name);
  t.teardown(f.remove);
  const conflict = await failure(applyNewer(f));
  t.match(conflict, { code: 'E_PATCH_CONFLICT', position: { file: THIRD } });
  const worktree = join(f.context.cache.worktrees, readdirSync(f.context.cache.worktrees)[0] ?? '');
  write(worktree, { 'kernel/core.c': NEWER_DONE });
  git(worktree, 'add', 'kernel/core.c');
  git(worktree, 'am', '--continue');
  await refreshNewer(f);
  return { f, worktree };
}

t.test('a patch that does not fit another base gets a diff there, and nothing else changes', async (t) => {
  const f = await withTwoBases('resolve');
  t.teardown(f.remove);
  const before = primaryOf(f);
  const { next } = await failure(applyNewer(f));
  const worktree = join(f.context.cache.worktrees, readdirSync(f.context.cache.worktrees)[0] ?? '');
  t.match(next, `npm run refresh -- --tree`);
  t.strictSame(
    (await refreshNewer(f).catch((error: unknown) => error)) instanceof Error,
    true,
    'not in the middle of git am',
  );
  write(worktree, { 'kernel/core.c': NEWER_DONE });
  git(worktree, 'add', 'kernel/core.c');
  git(worktree, 'am', '--continue');
  const record = await refreshNewer(f);
  t.match(record, { base: 'v7.3', written: ['v7.3/0003.diff'], removed: { length: 0 }, patches: { length: 3 } });
  const { '0003.diff': diff = '', ...others } = overlayOf(f);
  t.strictSame(others, {});
  t.match(
    diff,
    /^diff --git a\/kernel\/core.c b\/kernel\/core.c\nindex .*\n[\s\S]*-core line 25\n\+core line twenty-five\n core/,
  );
  t.strictSame(primaryOf(f), before);
  const applied = await applyNewer(f);
  t.match(applied, { reused: 3, base: { name: 'v7.3', kernel: '7.3.0' } }, 'what was refreshed need not be applied');
  rmSync(f.context.cache.root, { recursive: true });
  git(f.newer, 'worktree', 'prune');
  git(f.newer, 'branch', '-D', 'test-v2');
  const fresh = await applyNewer(f);
  t.match(fresh, { reused: 0, tree: applied.tree });
  t.equal(git(fresh.worktree, 'show', 'HEAD:kernel/core.c'), NEWER_DONE);
  t.match(await refreshNewer(f), { written: { length: 0 }, removed: { length: 0 } }, 'and comes back byte for byte');
  t.match(await apply(f), { base: { name: 'v6.12' }, commits: { length: 3 } }, 'the primary base is as it was');
  t.match(await refresh(f), { base: 'v6.12', written: { length: 0 }, removed: { length: 0 } });
});

t.test('a diff goes when that of the primary base makes the same files', async (t) => {
  const { f } = await ported(t, 'unneeded');
  const { patches } = loadSeries(f.project);
  writeFileSync(join(f.project, 'patches/v7.3/0001.diff'), patches[0]?.diff ?? '');
  await applyNewer(f);
  t.match(await refreshNewer(f), { written: { length: 0 }, removed: ['v7.3/0001.diff'] });
  // as soon as the primary's own fits, too
  const third = join(f.project, THIRD);
  const diff = overlayOf(f)['0003.diff'] ?? '';
  const [head = ''] = readFileSync(third, 'utf8').split('diff --git');
  writeFileSync(third, head + diff);
  t.match(await refreshNewer(f), { removed: ['v7.3/0003.diff'] });
  t.notOk(existsSync(join(f.project, 'patches/v7.3')), 'nor does an empty directory stay');
});

/** The worktree with exactly these commits on its base, in this order. */
function lineUp(worktree: string, commits: readonly string[]): void {
  git(worktree, 'reset', '-q', '--hard', git(worktree, 'rev-list', '--max-parents=0', 'HEAD').trim());
  for (const one of commits) git(worktree, 'cherry-pick', one);
}
const commitsOf = (worktree: string): string[] =>
  git(worktree, 'rev-list', '--reverse', '--no-merges', 'HEAD').trim().split('\n').slice(1);

t.test('a patch that only one base needs is a whole one, behind the patch that it follows', async (t) => {
  const { f, worktree } = await ported(t, 'extra');
  const before = primaryOf(f);
  const [one = '', two = '', three = ''] = commitsOf(worktree);
  const only = commit(worktree, 'ring: only here\n\nBecause 7.3 has it.', { 'kernel/ring.c': lines('RING') });
  const early = commit(worktree, 'tools: early', { 'tools/run.sh': '#!/bin/bash\n' });
  const late = commit(worktree, 'tools: late', { 'tools/late.sh': '#!/bin/bash\n' });
  lineUp(worktree, [early, one, two, late, only, three]);
  const record = await refreshNewer(f);
  t.strictSame(
    record.patches.map(({ id, file, subject }) => `${id} ${file} ${subject}`),
    [
      '00a v7.3/0000a-tools-early.patch tools: early',
      '01 0001-core-say-five.patch core: say five',
      '02 0002-ring-add-a-file.patch ring: add a file',
      '02a v7.3/0002a-tools-late.patch tools: late',
      '02b v7.3/0002b-ring-only-here.patch ring: only here',
      '03 0003-core-say-twenty-five.patch core: say twenty-five',
    ],
  );
  t.strictSame(primaryOf(f), before);
  const notes = join(f.project, 'patches/v7.3/0002b-ring-only-here.patch');
  writeFileSync(notes, readFileSync(notes, 'utf8').replace('---\n', '---\n\nv2: asked for\n'));
  const applied = await applyNewer(f);
  t.equal(applied.reused, 6, 'what was refreshed need not be applied');
  const fresh = await apply(f, { force: true }, { tree: f.newer });
  t.strictSame(
    fresh.commits.map(({ id }) => id),
    ['00a', '01', '02', '02a', '02b', '03'],
  );
  const dates = git(worktree, 'log', '--reverse', '--format=%ct', `${fresh.base.commit}..`).trim().split('\n');
  t.strictSame(dates, [...dates].sort(), 'commits in a row');
  // one less in front: the other takes its letter, and keeps its notes
  lineUp(worktree, [one, two, only, three]);
  t.match(await refreshNewer(f), {
    written: ['v7.3/0002a-ring-only-here.patch'],
    removed: { length: 3 },
  });
  t.match(overlayOf(f)['0002a-ring-only-here.patch'], /---\n\nv2: asked for\n/);
  t.match(await apply(f), { commits: { length: 3 } }, 'the primary base has none of them');
});

const REFUSED: readonly (readonly [
  what: string,
  change: (worktree: string, commits: string[]) => void,
  codes: string[],
])[] = [
  [
    'another message',
    (worktree) => void git(worktree, 'commit', '-q', '--amend', '-m', 'core: say twenty-five\n\nOnly here.'),
    ['REFRESH_MESSAGE'],
  ],
  [
    'another order',
    (worktree, [one = '', two = '', three = '']) => lineUp(worktree, [two, one, three]),
    ['REFRESH_ORDER'],
  ],
  ['one less', (worktree) => void git(worktree, 'reset', '-q', '--hard', 'HEAD~1'), ['REFRESH_MISSING']],
  [
    'another subject',
    (worktree) => void git(worktree, 'commit', '-q', '--amend', '-m', 'core: say something'),
    ['REFRESH_MISSING'],
  ],
  [
    'a subject twice',
    (worktree) => void commit(worktree, 'core: say twenty-five', { 'kernel/ring.c': lines('RING') }),
    ['REFRESH_SUBJECT'],
  ],
  [
    'another author',
    (worktree) => void git(worktree, 'commit', '-q', '--amend', '--no-edit', '--author', 'Some One <a@example.org>'),
    ['REFRESH_FOREIGN'],
  ],
];

for (const [what, change, codes] of REFUSED) {
  t.test(`on another base than the primary one, ${what} is refused, and nothing is written`, async (t) => {
    const { f, worktree } = await ported(t, 'refused');
    const before = [primaryOf(f), overlayOf(f)];
    change(worktree, commitsOf(worktree));
    const error = await failure(refreshNewer(f));
    t.equal(error.code, 'E_REFRESH');
    t.strictSame(
      error.problems.map(({ code }) => code),
      codes,
    );
    t.match(error.next, /npm run refresh -- --base v7.3$/);
    t.strictSame([primaryOf(f), overlayOf(f)], before);
  });
}

t.test('a name that means nothing stops a refresh, a damaged diff is written anew', async (t) => {
  const { f } = await ported(t, 'damaged');
  const whole = overlayOf(f);
  const diff = join(f.project, 'patches/v7.3/0003.diff');
  writeFileSync(diff, 'x');
  t.match(await refreshNewer(f), { written: ['v7.3/0003.diff'] });
  t.strictSame(overlayOf(f), whole);
  writeFileSync(join(f.project, 'patches/v7.3/notes.txt'), 'mine');
  t.match(await failure(refreshNewer(f)), {
    code: 'E_REFRESH',
    problems: [{ code: 'OVERLAY_NAME', position: { file: 'patches/v7.3/notes.txt' } }],
  });
  t.match(overlayOf(f), { 'notes.txt': 'mine' });
});

t.test('both refreshes say when the changes of two bases are further apart than before', async (t) => {
  const { f, worktree } = await ported(t, 'drift');
  t.strictSame(apart((await refreshNewer(f)).drifts), []);
  write(worktree, { 'kernel/core.c': NEWER_DONE.replace('twenty-five', '25!') });
  git(worktree, 'commit', '-q', '-a', '--amend', '--no-edit');
  t.strictSame(apart((await refreshNewer(f)).drifts), [{ base: 'v7.3', id: '03', before: 0, now: 2 }]);
  t.strictSame(apart((await refreshNewer(f)).drifts), [], 'once');
  const primary = await apply(f);
  write(primary.worktree, {
    'kernel/core.c': readFileSync(join(primary.worktree, 'kernel/core.c'), 'utf8').replace(
      'line 20\n',
      'line twenty\n',
    ),
  });
  git(primary.worktree, 'commit', '-q', '-a', '--amend', '--no-edit');
  const { drifts, written } = await refresh(f);
  t.strictSame(apart(drifts), [{ base: 'v7.3', id: '03', before: 2, now: 4 }]);
  t.strictSame(written, ['0003-core-say-twenty-five.patch'], 'the diff of the other base is not touched');
});

t.test('a worktree that has the series of one base is not refreshed for another', async (t) => {
  const { f } = await ported(t, 'other');
  const base = await resolveBase(
    loadManifest(f.project).data,
    { tree: f.newer, base: 'v6.12', applied: true },
    f.context,
  );
  const before = patchTexts(f);
  const error = await failure(refreshWorktree(f.project, base, f.context, { adopt: false, dryRun: false }));
  t.match(error, { code: 'E_REFRESH', message: /has the series of v7.3, not of v6.12/ });
  t.match(error.next, /^npm run refresh -- --tree .* --base v7.3$/);
  t.strictSame(patchTexts(f), before);
});

t.test('a range of a repository is of the base of its version', async (t) => {
  const { f, worktree } = await ported(t, 'range');
  const whole = overlayOf(f);
  const from = git(f.newer, 'rev-parse', 'master').trim();
  rmSync(join(f.project, 'patches/v7.3'), { recursive: true });
  const { data } = loadManifest(f.project);
  const name = await baseNameOf(data, { tree: worktree, onto: from, applied: true }, f.context);
  t.equal(name, 'v7.3');
  const options = { adopt: false, dryRun: true };
  t.match(await refreshRange(f.project, worktree, `${from}..HEAD`, options, name), { written: ['v7.3/0003.diff'] });
  t.strictSame(overlayOf(f), {}, 'a dry run writes nothing');
  await refreshRange(f.project, worktree, `${from}..HEAD`, { ...options, dryRun: false }, name);
  t.strictSame(overlayOf(f), whole);
});

t.test('the mails of another base hold its diffs', async (t) => {
  const { f, worktree } = await ported(t, 'mails');
  commit(worktree, 'ring: only here\n\nBecause 7.3 has it.', { 'kernel/ring.c': lines('RING') });
  await refreshNewer(f);
  const applied = await applyNewer(f);
  const { files, subjects } = await exportSeries(f.project, loadSeries(f.project), applied, f.dir);
  t.match(subjects[4], '[RFC PATCH v2 4/4] ring: only here');
  t.match(files[4], /v2-0004-ring-only-here.patch$/);
  t.match(readFileSync(files[3] ?? '', 'utf8'), '+core line twenty-five\n core line twenty-six\n');
  const other = join(f.dir, 'receiver');
  git(f.dir, 'clone', '-q', f.newer, other);
  git(other, '-c', 'user.name=a', '-c', 'user.email=a@b', 'am', '-q', ...files.slice(1));
  t.equal(git(other, 'rev-parse', 'HEAD^{tree}').trim(), applied.tree);
});

t.test(
  'when patches get other numbers, the diffs of other bases follow them; also after a kill in between',
  async (t) => {
    const { f, worktree } = await ported(t, 'numbers');
    commit(worktree, 'ring: only here\n\nBecause 7.3 has it.', { 'kernel/ring.c': lines('RING') });
    await refreshNewer(f);
    const overlay = overlayOf(f);
    const { tree } = await applyNewer(f);
    const primary = await apply(f);
    const [one = '', two = '', three = ''] = commitsOf(primary.worktree);
    const zero = commit(primary.worktree, 'tools: early', { 'tools/run.sh': '#!/bin/bash\n' });
    lineUp(primary.worktree, [zero, one, two, three]);
    const before = patchTexts(f);
    const record = await refresh(f);
    t.match(record.written, ['0001-tools-early.patch', '0002-core-say-five.patch', '0003-ring-add-a-file.patch']);
    t.match(record.removed.slice(-2), ['v7.3/0003.diff', 'v7.3/0003a-ring-only-here.patch']);
    const moved = {
      '0004.diff': overlay['0003.diff'],
      '0004a-ring-only-here.patch': overlay['0003a-ring-only-here.patch'],
    };
    t.strictSame(overlayOf(f), moved);
    const after = patchTexts(f);
    t.equal((await applyNewer(f)).commits.length, 5);
    t.not((await applyNewer(f)).tree, tree);
    // as it is when the first step is done, and nothing else; then when only the last step is not done
    for (const texts of [before, after]) {
      rmSync(join(f.project, 'patches'), { recursive: true });
      for (const [name, text] of Object.entries(texts).filter(([name]) => !name.startsWith('v7.3/')))
        write(join(f.project, 'patches'), { [name]: text });
      write(join(f.project, 'patches/v7.3'), {
        '0004-core-say-twenty-five.patch.diff': overlay['0003.diff'] ?? '',
        '0004-core-say-twenty-five.patch.a-ring-only-here.patch': overlay['0003a-ring-only-here.patch'] ?? '',
      });
      t.throws(() => loadSeries(f.project), {
        code: 'E_PATCH_FORMAT',
        problems: [{ code: 'OVERLAY_MOVING', hint: 'npm run refresh' }],
      });
      await refresh(f);
      t.strictSame(patchTexts(f), after);
    }
  },
);

t.test('the newer base becomes the primary one, and both trees stay what they were', async (t) => {
  const { f } = await ported(t, 'switch');
  const trees = async (): Promise<string[]> => [(await apply(f)).tree, (await applyNewer(f)).tree];
  const before = await trees();
  const patches = join(f.project, 'patches');
  const old = loadSeries(f.project);
  const ported73 = seriesFor(old, 'v7.3').patches;
  rmSync(join(patches, 'v7.3'), { recursive: true });
  mkdirSync(join(patches, 'v6.12'));
  for (const [index, { file, diff }] of old.patches.entries()) {
    writeFileSync(join(patches, 'v6.12', `000${index + 1}.diff`), diff);
    writeFileSync(join(patches, file), ported73[index]?.content ?? '');
  }
  editManifest(f, (text) => text.replace('base: v6.12', 'base: v7.3'));
  t.strictSame(await trees(), before);
  t.match(await refresh(f), { base: 'v6.12', removed: ['v6.12/0001.diff', 'v6.12/0002.diff'], written: { length: 0 } });
  t.match(await refreshNewer(f), { base: 'v7.3', written: { length: 0 } });
  t.strictSame(await trees(), before);
});
