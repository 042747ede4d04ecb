import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import t from 'tap';
import { startTime } from '../lib/start-time.ts';
import { heldLocks } from '../testing/locks.ts';
import { loadManifest } from '../series/load.ts';
import { changePackageFiles, fakeApt, withFakeApt } from '../testing/fake-apt.ts';
import { git, MAKEFILE, write, type Fixture } from '../testing/project.ts';
import { gone, killNow, pidFrom, runScript } from '../testing/process.ts';
import { mountSmallDisk, noSmallDisk } from '../testing/small-disk.ts';
import { failure } from '../testing/series.ts';
import type { BaseContext } from './context.ts';
import { resolveBase } from './resolve.ts';
import type { BaseTree } from '../records/apply.ts';

t.setTimeout(300_000);

const LARGE_BYTES = 2_000_000;

function get(f: Fixture, more: Partial<BaseContext> = {}): Promise<BaseTree> {
  return resolveBase(loadManifest(f.project).data, {}, { ...f.context, ...more });
}

t.test('a source package: downloaded, imported once, and mended when it is damaged', async (t) => {
  const f = withFakeApt(t, 'deb');
  const { bases, downloads, locks } = f.context.cache;

  fakeApt(f, undefined);
  t.match(await failure(get(f)), { code: 'E_HOST_NETWORK', exitCode: 69, next: /check the network/ });

  fakeApt(f, '6.12.1-1');
  const first = await get(f);
  const { data } = loadManifest(f.project);
  t.match(
    await failure(
      resolveBase({ ...data, bases: { 'v6.12': { kernel: '6.1', debian: 'linux-source-0.1' } } }, {}, f.context),
    ),
    { code: 'E_BASE_VERSION', message: /is Linux 6.12.1; the series is for 6.1$/ },
  );
  t.match(first, { kernel: '6.12.1', origin: 'linux-source-0.1 6.12.1-1', personal: false });
  t.equal(
    git(first.repo, 'ls-tree', '-r', first.commit).replace(/ blob [0-9a-f]+\t/g, ' '),
    '100644 Makefile\n100644 kernel/core.c\n100644 kernel/ring.c\n100755 tools/run.sh\n',
  );
  git(first.repo, 'fsck', '--strict');
  t.strictSame(await get(f), first);

  const deb = join(downloads, 'linux-source-0.1_6.12.1-1_all.deb');
  const size = readFileSync(deb).length;
  truncateSync(deb, size / 2);
  rmSync(bases, { recursive: true });
  mkdirSync(join(bases, 'tmp-1-1', 'repo.git'), { recursive: true });
  t.strictSame(heldLocks(locks), []);
  t.strictSame(await get(f), first, 'truncated archive and half-imported tree');
  t.equal(readFileSync(deb).length, size);
  t.ok(f.entries.some((entry) => entry.kind === 'warn' && entry.text.includes('downloading it again')));
  t.notOk(readdirSync(bases).some((name) => name.startsWith('tmp-')));

  rmSync(join(first.repo, 'objects'), { recursive: true });
  t.strictSame(await get(f), first, 'an object store that is gone');

  const offline = join(f.dir, 'linux-source-0.1_6.12.2-1_all.deb');
  fakeApt(f, '6.12.2-1', MAKEFILE.replace('SUBLEVEL = 1', 'SUBLEVEL = 2'));
  execFileSync('mv', [offline, `${offline}.away`]);
  writeFileSync(join(f.dir, 'bin/apt-get'), '#!/bin/sh\necho "E: Could not resolve host" >&2; exit 100\n', {
    mode: 0o755,
  });
  t.strictSame(await get(f), first, 'newer, but no network: the imported one serves');
  execFileSync('mv', [`${offline}.away`, offline]);
  writeFileSync(join(f.dir, 'bin/apt-get'), `#!/bin/sh\ncp '${offline}' .\n`, { mode: 0o755 });
  const newer = await get(f);
  t.match(newer, { kernel: '6.12.2', origin: 'linux-source-0.1 6.12.2-1' });
  t.ok(existsSync(first.repo), 'the older one stays for the worktree on it');
  t.strictSame(await get(f), newer);
});

t.test('a source package, with no room for it and where nothing can be written', { skip: noSmallDisk }, async (t) => {
  const f = withFakeApt(t, 'room');
  fakeApt(f, '6.12.1-1');
  const small = join(f.dir, 'small');
  const disk = mountSmallDisk(small);
  t.teardown(disk.unmount);
  const from = (part: 'bases' | 'downloads' | 'locks'): Promise<BaseTree> =>
    resolveBase(
      loadManifest(f.project).data,
      {},
      { ...f.context, machine: {}, cache: { ...f.context.cache, [part]: join(small, part) } },
    );
  t.match(await failure(from('bases')), {
    code: 'E_HOST_SPACE',
    exitCode: 69,
    message: /a kernel tree needs 3\.5 GB/,
    next: /XDG_CACHE_HOME/,
  });
  t.strictSame(readdirSync(join(small, 'bases')), [], 'and nothing is left of it');
  rmSync(f.context.cache.downloads, { recursive: true });
  // what a killed import left, which cannot be removed now
  mkdirSync(join(small, 'bases/tmp-1-1'));
  disk.readOnly();
  for (const part of ['bases', 'downloads', 'locks'] as const)
    t.match(await failure(from(part)), { code: 'E_HOST_READONLY', exitCode: 69 }, part);
});

t.test('apt is asked again when its files changed, and not before', async (t) => {
  const f = withFakeApt(t, 'stamp');
  fakeApt(f, '6.12.1-1');
  const first = await get(f);
  writeFileSync(join(f.dir, 'bin/apt-cache'), '#!/bin/sh\ntouch "$0.asked"\nexit 100\n', { mode: 0o755 });
  t.strictSame(await get(f), first);
  t.notOk(existsSync(join(f.dir, 'bin/apt-cache.asked')));
  changePackageFiles(f);
  t.strictSame(await get(f), first);
  t.ok(existsSync(join(f.dir, 'bin/apt-cache.asked')));
});

t.test(
  'the disk fills up in the middle of an import: 69, and the download is kept',
  { skip: noSmallDisk },
  async (t) => {
    const f = withFakeApt(t, 'fills');
    fakeApt(f, '6.12.1-1', MAKEFILE, { large: randomBytes(LARGE_BYTES) });
    const small = join(f.dir, 'small');
    const disk = mountSmallDisk(small);
    t.teardown(disk.unmount);
    const cache = { ...f.context.cache, bases: join(small, 'bases') };
    t.match(await failure(get(f, { cache })), { code: 'E_HOST_SPACE', exitCode: 69, next: /free some space/ });
    const [deb = ''] = readdirSync(cache.downloads);
    const before = statSync(join(cache.downloads, deb));
    t.match(await failure(get(f, { cache })), { code: 'E_HOST_SPACE' }, 'again, from the download');
    t.strictSame(
      readdirSync(cache.bases).filter((name) => name.startsWith('tmp-')),
      [],
      'what it had written is gone',
    );
    t.notOk(
      f.entries.some((entry) => entry.kind === 'warn'),
      'nothing is called damaged',
    );
    disk.grow();
    t.match(await get(f, { cache }), { kernel: '6.12.1' });
    t.equal(statSync(join(cache.downloads, deb)).ino, before.ino, 'downloaded once');
  },
);

t.test('an import that fails on a full disk, and has no words for that', { skip: noSmallDisk }, async (t) => {
  const f = withFakeApt(t, 'wordless');
  fakeApt(f, '6.12.1-1');
  const small = join(f.dir, 'small');
  const disk = mountSmallDisk(small);
  t.teardown(disk.unmount);
  const xz = join(f.dir, 'bin/xz');
  writeFileSync(xz, `#!/bin/sh\ncat /dev/zero > '${join(small, 'filler')}' 2> /dev/null\nexit 1\n`, { mode: 0o755 });
  const cache = { ...f.context.cache, bases: join(small, 'bases') };
  t.match(await failure(get(f, { cache })), { code: 'E_HOST_SPACE', exitCode: 69, detail: /the archive is empty/ });
  t.notOk(
    f.entries.some((entry) => entry.kind === 'warn'),
    'nothing is called damaged',
  );
});

t.test('the disk fills up in the middle of a fetch', { skip: noSmallDisk }, async (t) => {
  const f = withFakeApt(t, 'fetch');
  write(f.kernel, { large: '' });
  writeFileSync(join(f.kernel, 'large'), randomBytes(LARGE_BYTES));
  git(f.kernel, 'add', '.');
  git(f.kernel, 'commit', '-qm', 'large');
  const small = join(f.dir, 'small');
  const disk = mountSmallDisk(small);
  t.teardown(disk.unmount);
  const context = { ...f.context, cache: { ...f.context.cache, bases: join(small, 'bases') } };
  const { data } = loadManifest(f.project);
  const fetch = (): Promise<BaseTree> =>
    resolveBase(
      { ...data, bases: { 'v6.12': { kernel: '6.12', git: `file://${f.kernel}`, ref: 'master' } } },
      {},
      context,
    );
  t.match(await failure(fetch()), { code: 'E_HOST_SPACE', exitCode: 69 });
  disk.grow();
  t.match(await fetch(), { kernel: '6.12.1' });
});

t.test('kill -9 in the middle of an import: nothing runs on, and the next run imports', async (t) => {
  const f = withFakeApt(t, 'killed');
  fakeApt(f, '6.12.1-1', MAKEFILE, { large: randomBytes(LARGE_BYTES) });
  const xz = join(f.dir, 'bin/xz');
  const pidFile = join(f.dir, 'pid');
  // the real one gives half of the archive, and then the pipe stands still
  const real = execFileSync('sh', ['-c', 'command -v xz'], { encoding: 'utf8' }).trim();
  writeFileSync(xz, `#!/bin/sh\n${real} "$@" | head -c ${LARGE_BYTES / 2}\necho $$ > '${pidFile}'\nsleep 1000\n`, {
    mode: 0o755,
  });
  const child = runScript(join(import.meta.dirname, '../testing/apply-once.ts'), [
    f.project,
    '',
    dirname(f.context.cache.root),
  ]);
  const pid = await pidFrom(pidFile);
  const [half = ''] = readdirSync(f.context.cache.bases).filter((name) => name.startsWith('tmp-'));
  t.ok(existsSync(join(f.context.cache.bases, half, 'repo.git/objects/pack/tmp_pack')), 'a pack is begun');
  t.equal(await killNow(child), 'SIGKILL');
  t.ok(await gone(pid));
  rmSync(xz);
  const base = await get(f);
  t.match(base, { kernel: '6.12.1' });
  git(base.repo, 'fsck', '--strict');
  t.strictSame(
    readdirSync(f.context.cache.bases).filter((name) => name.startsWith('tmp-')),
    [],
  );
});

t.test('an imported pack that was cut off is imported again', async (t) => {
  const f = withFakeApt(t, 'cut');
  fakeApt(f, '6.12.1-1');
  const first = await get(f);
  const packs = join(first.repo, 'objects/pack');
  const pack = join(packs, readdirSync(packs).find((name) => name.endsWith('.pack')) ?? '');
  const { size } = statSync(pack);
  for (const part of [0.9, 0.5, 0]) {
    truncateSync(pack, Math.floor(size * part));
    t.strictSame(await get(f), first, `${part} of it`);
    t.equal(statSync(pack).size, size);
    git(first.repo, 'fsck', '--strict');
  }
});

t.test('another import at the same time is left alone', async (t) => {
  const f = withFakeApt(t, 'beside');
  fakeApt(f, '6.12.1-1');
  const other = join(f.context.cache.bases, `tmp-${process.ppid}-${startTime(process.ppid)}`);
  const dead = join(f.context.cache.bases, `tmp-${process.ppid}-1`);
  mkdirSync(other, { recursive: true });
  mkdirSync(dead);
  await get(f);
  t.ok(existsSync(other), 'of another base, which has another lock');
  t.notOk(existsSync(dead), 'of a process that is gone');
});
