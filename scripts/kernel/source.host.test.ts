/** What is built is what the worktree has, whatever this checkout applied last. */
import { chmodSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { writeState } from '../apply/state.ts';
import { lastBuild } from './last-build.ts';
import { openRun } from '../lib/record.ts';
import type { BuildRecord, SourceTree } from '../records/build.ts';
import { fakeTree, type FakeTree } from '../testing/fake-tree.ts';
import { git } from '../testing/project.ts';
import { failure } from '../testing/series.ts';
import { configure } from './configure.ts';
import { build } from './build.ts';
import { sourceNow, withTree } from './source.ts';

const FRAGMENT = '# Why it is here.\nCONFIG_EXPERT=y\n';
let runs = 0;

t.setTimeout(300_000);

/** As `npm run build` does it in the checkout `root`, which applied `source` last. */
async function buildIn(fake: FakeTree, root: string, source: SourceTree): Promise<BuildRecord> {
  runs++;
  const ctx = { ...fake.ctx, run: openRun(root, `build${runs}`) };
  return withTree(ctx, source, 'building', async () =>
    build(ctx, await configure(ctx, await sourceNow(ctx, source), 'default')),
  );
}

t.test('another checkout moved the worktree on: the record, and the next command, name what is there', async (t) => {
  const fake = fakeTree(t.testdir({ other: {} }), FRAGMENT);
  t.teardown(fake.restore);
  const [here, there] = [fake.ctx.root, join(fake.ctx.root, 'other')];
  const warned = (): string[] => fake.entries.flatMap((entry) => (entry.kind === 'warn' ? [entry.text] : []));
  const mine = fake.commit('kernel/a.c', 'int mine;\n');
  t.match(await buildIn(fake, here, mine), { reused: false, source: mine });
  git(fake.source.worktree, 'reset', '-q', '--hard', fake.source.head);
  const theirs = fake.commit('kernel/a.c', 'int theirs;\n');
  t.match(await buildIn(fake, there, theirs), { reused: false, source: theirs });
  t.strictSame(warned(), []);

  const record = await buildIn(fake, here, mine);
  t.match(record, { reused: true, source: theirs });
  t.match(warned(), [
    new RegExp(`at ${theirs.head.slice(0, 12)}, not at ${mine.head.slice(0, 12)} .*: npm run apply$`),
  ]);
  t.match(lastBuild(here, 'default'), { source: theirs }, 'test:only takes it by what it is');

  git(fake.source.worktree, 'reset', '-q', '--hard', mine.head);
  t.match(await buildIn(fake, here, mine), { reused: false, source: mine });
  t.equal(warned().length, 1);
});

t.test('a commit on top is built, said, and named; one behind the configuration, too', async (t) => {
  const fake = fakeTree(t.testdir({}), FRAGMENT);
  t.teardown(fake.restore);
  const applied = fake.source;
  const more = fake.commit('kernel/a.c', 'int more;\n');
  t.match(await buildIn(fake, fake.ctx.root, applied), { source: more });
  t.equal(fake.entries.filter((entry) => entry.kind === 'warn').length, 1);
  const config = await configure(fake.ctx, more, 'default');
  const late = fake.commit('kernel/a.c', 'int late;\n');
  t.match(await build(fake.ctx, config), { reused: false, source: late });
});

t.test('a worktree that stands on another base by now is not built', async (t) => {
  const fake = fakeTree(t.testdir({}), FRAGMENT);
  t.teardown(fake.restore);
  const applied = { ...fake.source, options: ['--base', 'v6.12'] };
  const base = fake.commit('Makefile', 'VERSION = 7\n').head;
  writeState(fake.source.worktree, { phase: 'done', base, head: base, applied: [], pending: [] });
  t.match(await failure(buildIn(fake, fake.ctx.root, applied)), {
    code: 'E_RECORD_MISSING',
    exitCode: 2,
    message: /on the base/,
    next: 'npm run apply -- --base v6.12',
  });
});

t.test('an object that is lost is for apply to mend, whatever was to be done', async (t) => {
  const fake = fakeTree(t.testdir({}), FRAGMENT);
  t.teardown(fake.restore);
  const { worktree, tree } = fake.source;
  const applied = { ...fake.source, options: ['--base', 'v6.12'] };
  const object = join(worktree, '.git/objects', tree.slice(0, 2), tree.slice(2));
  chmodSync(object, 0o644);
  truncateSync(object);
  t.match(await failure(buildIn(fake, fake.ctx.root, applied)), {
    code: 'E_TREE',
    position: { file: worktree },
    next: /^npm run apply -- --base v6\.12$/,
  });
});
