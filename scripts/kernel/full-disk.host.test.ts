import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { configure } from './configure.ts';
import { failure } from '../testing/series.ts';
import { mountSmallDisk, noSmallDisk, type SmallDisk } from '../testing/small-disk.ts';
import { build } from './build.ts';
import { buildDirOf } from './kbuild.ts';
import { fakeTree, type FakeTree } from '../testing/fake-tree.ts';
import { buildUserspace } from './userspace.ts';

const GOOD = '# Why it is here.\nCONFIG_EXPERT=y\n';

/** Not in a testdir(), which tap removes before anything is unmounted. */
function onSmallDisk(
  t: Test,
  place: (fake: FakeTree) => string,
): { readonly fake: FakeTree; readonly disk: SmallDisk } {
  const dir = mkdtempSync(join(tmpdir(), 'dtrace-bpf-full-'));
  const fake = fakeTree(dir, GOOD);
  const disk = mountSmallDisk(place(fake));
  t.teardown(() => {
    disk.unmount();
    fake.restore();
    rmSync(dir, { recursive: true });
  });
  return { fake, disk };
}

t.test(
  "a disk that fills while the kernel is built is the machine's fault, and the next build goes on",
  { skip: noSmallDisk },
  async (t) => {
    const { fake, disk } = onSmallDisk(t, ({ source }) => buildDirOf(source.worktree, 'default'));
    const config = await configure(fake.ctx, fake.source, 'default');
    fake.say({ FAKE_MAKE: 'full' });
    t.match(await failure(build(fake.ctx, config)), {
      code: 'E_HOST_SPACE',
      exitCode: 69,
      detail: /No space left on device/,
      next: /^free some space/,
    });
    disk.grow();
    t.match(await build(fake.ctx, config), { reused: false, release: '6.12.0-fake' });
  },
);

t.test('so is one that fills while libbpf is built', { skip: noSmallDisk }, async (t) => {
  const { fake, disk } = onSmallDisk(t, () => join(process.env['XDG_CACHE_HOME'] ?? '', 'dtrace-bpf/builds'));
  fake.say({ FAKE_TOOLS: 'full' });
  t.match(await failure(buildUserspace(fake.ctx, fake.source)), { code: 'E_HOST_SPACE', exitCode: 69 });
  disk.grow();
  fake.say({ FAKE_TOOLS: '' });
  t.match(await buildUserspace(fake.ctx, fake.source), { dtrace: undefined });
});
