import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import t from 'tap';

import { loadManifest } from '../series/load.ts';
import { git, makeFixture, MAKEFILE, writeTree, type Fixture } from '../testing/project.ts';
import { mountSmallDisk, noSmallDisk } from '../testing/small-disk.ts';
import { failure } from '../testing/series.ts';
import { importTar } from './import-tar.ts';
import { adler32, PackWriter } from './pack.ts';
import { resolveBase } from './resolve.ts';
import { readTar, type TarEntry } from './tar.ts';
import { kernelVersion, versionMatches, type BaseTree } from './types.ts';

t.setTimeout(300_000);

t.test('kernel versions', async (t) => {
  t.equal(kernelVersion(MAKEFILE), '6.12.1');
  t.equal(kernelVersion('VERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 0\nEXTRAVERSION = -rc1\n'), '7.3.0-rc1');
  t.equal(kernelVersion('all:\n'), undefined);
  for (const [wanted, found, is] of [['6.12', '6.12.117', true], ['6.12', '6.1.2', false], ['6.1', '6.12', false], ['7.3', '7.3-rc1', true], ['6.12.3', '6.12.4', false]] as const) {
    t.equal(versionMatches(wanted, found), is, `${wanted} ${found}`);
  }
});

async function collect(source: AsyncIterable<TarEntry>): Promise<{ path: string; kind: string; executable: boolean; text: string }[]> {
  const found = [];
  for await (const { path, kind, executable, data } of source) found.push({ path, kind, executable, text: data.toString() });
  return found;
}

function pieces(tar: Buffer, size: number): Readable {
  return Readable.from(Array.from({ length: Math.ceil(tar.length / size) }, (_, index) => tar.subarray(index * size, (index + 1) * size)));
}

t.test('tar: what GNU tar writes, in any pieces', async (t) => {
  const f = makeFixture('tar');
  t.teardown(f.remove);
  const long = `${'d'.repeat(90)}/${'f'.repeat(90)}`;
  execFileSync('mkdir', ['-p', join(f.kernel, 'd'.repeat(90))]);
  writeFileSync(join(f.kernel, long), 'long name');
  execFileSync('ln', ['-s', `${'t'.repeat(120)}`, join(f.kernel, 'link')]);
  for (const format of ['gnu', 'ustar', 'pax']) {
    const tar = execFileSync('tar', ['-c', `--format=${format}`, '--exclude=.git', ...(format === 'gnu' ? [] : ['--exclude=link']), '-C', f.dir, 'my linux']);
    for (const size of [100_000, 700]) {
      const entries = await collect(readTar(pieces(tar, size)));
      t.match(entries.find(({ path }) => path.endsWith('run.sh')), { executable: true, kind: 'file', text: '#!/bin/sh\n' });
      t.equal(entries.find(({ path }) => path.endsWith(long))?.text, 'long name', format);
      if (format === 'gnu') t.match(entries.find(({ kind }) => kind === 'link'), { text: 't'.repeat(120) });
    }
    await t.rejects(collect(readTar(pieces(tar.subarray(0, 2000), 512))), { message: 'the archive ends early' });
  }
  await t.rejects(collect(readTar(pieces(Buffer.alloc(1024, 'x'), 512))), /not a tar archive/);
});

t.test('import: refuses what is no kernel tree, and packs what git reads', async (t) => {
  const f = makeFixture('pack');
  t.teardown(f.remove);
  const packs = join(f.kernel, '.git/objects/pack');
  const entry = (path: string, data: string | Buffer, kind: TarEntry['kind'] = 'file'): TarEntry => ({ path, kind, executable: false, data: Buffer.from(data), mtimeSeconds: 7 });
  const run = async (...entries: TarEntry[]): Promise<string> => {
    const pack = new PackWriter(packs);
    const id = await importTar(Readable.from(entries), pack, { identity: 'a <a@b>', message: 'm' });
    pack.finish();
    return id;
  };
  await t.rejects(run(), /empty/);
  await t.rejects(run(entry('linux/../../etc/passwd', '')), /cannot be imported/);
  await t.rejects(run(entry('linux/.git/config', '')), /cannot be imported/);
  await t.rejects(run(entry('linux/a', ''), entry('linux/a/b', '')), /as a file and as a directory/);
  const big = Buffer.alloc(200_000, 'abcdefg');
  const id = await run(entry('l/a.c', 'same'), entry('l/a/b', 'same'), entry('l/a-b', ''), entry('l/big', big), entry('l/z', 'a', 'link'));
  git(f.kernel, 'fsck', '--strict');
  git(f.kernel, 'verify-pack', ...readdirSync(packs).filter((name) => name.endsWith('.idx')).map((name) => join(packs, name)));
  t.equal(git(f.kernel, 'ls-tree', '-r', '--name-only', id), 'a-b\na.c\na/b\nbig\nz\n');
  t.equal(git(f.kernel, 'show', `${id}:big`), big.toString());
  t.equal(git(f.kernel, 'log', '-1', '--format=%ct %s', id), '7 m\n');
  t.equal(adler32(Buffer.from('Wikipedia')), 0x11e60398);
});

/** Puts an apt in front of PATH that knows `version` of linux-source-0.1, or has no network. */
function fakeApt(f: Fixture, version: string | undefined, makefile = MAKEFILE): void {
  const bin = join(f.dir, 'bin');
  mkdirSync(bin, { recursive: true });
  const deb = join(f.dir, `linux-source-0.1_${version}_all.deb`);
  if (version !== undefined) {
    const root = join(f.dir, 'deb');
    const source = join(f.dir, 'linux-source-0.1');
    writeTree(source, makefile);
    mkdirSync(join(root, 'DEBIAN'), { recursive: true });
    mkdirSync(join(root, 'usr/src'), { recursive: true });
    writeFileSync(join(root, 'DEBIAN/control'), `Package: linux-source-0.1\nVersion: ${version}\nArchitecture: all\nMaintainer: a <a@b>\nDescription: d\n`);
    execFileSync('tar', ['-cJf', join(root, 'usr/src/linux-source-0.1.tar.xz'), '--mtime=@1700000000', '-C', f.dir, 'linux-source-0.1']);
    execFileSync('dpkg-deb', ['-Znone', '--root-owner-group', '-b', root, deb], { stdio: 'ignore' });
    rmSync(source, { recursive: true });
  }
  const known = version === undefined ? 'exit 100' : `printf 'Package: linux-source-0.1\\nVersion: ${version}\\nSize: 100\\n'`;
  writeFileSync(join(bin, 'apt-cache'), `#!/bin/sh\n${known}\n`, { mode: 0o755 });
  const offline = "echo 'E: Failed to fetch: Could not resolve host' >&2; exit 100";
  writeFileSync(join(bin, 'apt-get'), `#!/bin/sh\ncase "$*" in *download*) ${existsSync(deb) ? `cp '${deb}' .` : offline};; *) ${offline};; esac\n`, { mode: 0o755 });
  // every answer of the stub is newer than the one before
  rmSync(join(f.context.cache.bases, 'linux-source-0.1.latest.json'), { force: true });
}

t.test('a source package: downloaded, imported once, and mended when it is damaged', async (t) => {
  const f = makeFixture('deb');
  t.teardown(f.remove);
  const path = process.env['PATH'];
  process.env['PATH'] = `${join(f.dir, 'bin')}:${path}`;
  t.teardown(() => void (process.env['PATH'] = path));
  const get = (): Promise<BaseTree> => resolveBase(loadManifest(f.project).data, {}, f.context);
  const { bases, downloads, locks } = f.context.cache;

  fakeApt(f, undefined);
  t.match(await failure(get()), { code: 'E_HOST_NETWORK', exitCode: 69, next: /check the network/ });

  fakeApt(f, '6.12.1-1');
  const first = await get();
  const { data } = loadManifest(f.project);
  t.match(await failure(resolveBase({ ...data, bases: { 'v6.12': { kernel: '6.1', debian: 'linux-source-0.1' } } }, {}, f.context)), { code: 'E_BASE_VERSION', message: /is Linux 6.12.1; the series is for 6.1$/ });
  t.match(first, { kernel: '6.12.1', origin: 'linux-source-0.1 6.12.1-1', personal: false });
  t.equal(git(first.repo, 'ls-tree', '-r', first.commit).replace(/ blob [0-9a-f]+\t/g, ' '), '100644 Makefile\n100644 kernel/core.c\n100644 kernel/ring.c\n100755 tools/run.sh\n');
  git(first.repo, 'fsck', '--strict');
  t.strictSame(await get(), first);

  const deb = join(downloads, 'linux-source-0.1_6.12.1-1_all.deb');
  const size = readFileSync(deb).length;
  truncateSync(deb, size / 2);
  rmSync(bases, { recursive: true });
  mkdirSync(join(bases, 'tmp-1-1', 'repo.git'), { recursive: true });
  mkdirSync(locks, { recursive: true });
  writeFileSync(join(locks, 'base-v6.12'), JSON.stringify({ pid: 2 ** 22 + 1, startTime: '1', purpose: 'killed', since: '' }));
  t.strictSame(await get(), first, 'truncated archive, half-imported tree and stale lock');
  t.equal(readFileSync(deb).length, size);
  t.ok(f.entries.some((entry) => entry.kind === 'warn' && entry.text.includes('downloading it again')));
  t.notOk(readdirSync(bases).some((name) => name.startsWith('tmp-')));

  rmSync(join(first.repo, 'objects'), { recursive: true });
  t.strictSame(await get(), first, 'an object store that is gone');

  const offline = join(f.dir, 'linux-source-0.1_6.12.2-1_all.deb');
  fakeApt(f, '6.12.2-1', MAKEFILE.replace('SUBLEVEL = 1', 'SUBLEVEL = 2'));
  execFileSync('mv', [offline, `${offline}.away`]);
  writeFileSync(join(f.dir, 'bin/apt-get'), '#!/bin/sh\necho "E: Could not resolve host" >&2; exit 100\n', { mode: 0o755 });
  t.strictSame(await get(), first, 'newer, but no network: the imported one serves');
  execFileSync('mv', [`${offline}.away`, offline]);
  writeFileSync(join(f.dir, 'bin/apt-get'), `#!/bin/sh\ncp '${offline}' .\n`, { mode: 0o755 });
  const newer = await get();
  t.match(newer, { kernel: '6.12.2', origin: 'linux-source-0.1 6.12.2-1' });
  t.ok(existsSync(first.repo), 'the older one stays for the worktree on it');
  t.strictSame(await get(), newer);
});

t.test('a source package, with no room for it and where nothing can be written', { skip: noSmallDisk }, async (t) => {
  const f = makeFixture('room');
  t.teardown(f.remove);
  const path = process.env['PATH'];
  process.env['PATH'] = `${join(f.dir, 'bin')}:${path}`;
  t.teardown(() => void (process.env['PATH'] = path));
  fakeApt(f, '6.12.1-1');
  const small = join(f.dir, 'small');
  const disk = mountSmallDisk(small);
  t.teardown(disk.unmount);
  const get = (part: 'bases' | 'downloads' | 'locks'): Promise<BaseTree> =>
    resolveBase(loadManifest(f.project).data, {}, { ...f.context, cache: { ...f.context.cache, [part]: join(small, part) } });
  t.match(await failure(get('bases')), { code: 'E_HOST_SPACE', exitCode: 69, message: /a kernel tree needs 3\.5 GB/, next: /XDG_CACHE_HOME/ });
  t.strictSame(readdirSync(join(small, 'bases')), [], 'and nothing is left of it');
  rmSync(f.context.cache.downloads, { recursive: true });
  disk.readOnly();
  for (const part of ['bases', 'downloads', 'locks'] as const) t.match(await failure(get(part)), { code: 'E_HOST_READONLY', exitCode: 69 }, part);
});

t.test('a git url: fetched once, and a ref or host that does not exist', async (t) => {
  const f = makeFixture('url');
  t.teardown(f.remove);
  const { data } = loadManifest(f.project);
  const get = (url: string, ref: string): Promise<BaseTree> => resolveBase({ ...data, bases: { 'v6.12': { kernel: '6.12', git: url, ref } } }, {}, f.context);
  const url = `file://${f.kernel}`;
  t.match(await failure(get(`file://${f.dir}/nowhere`, 'master')), { code: 'E_HOST_NETWORK' });
  t.match(await failure(get(url, 'v9')), { code: 'E_BASE', next: /correct the ref/ });
  const base = await get(url, 'master');
  t.match(base, { kernel: '6.12.1', commit: git(f.kernel, 'rev-parse', 'HEAD').trim() });
  execFileSync('mv', [f.kernel, `${f.kernel} moved`]);
  t.strictSame(await get(url, 'master'), base, 'no network is needed again');
});
