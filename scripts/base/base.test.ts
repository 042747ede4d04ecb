import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import t from 'tap';
import { loadManifest } from '../series/load.ts';
import { git, makeFixture, MAKEFILE } from '../testing/project.ts';
import { failure } from '../testing/series.ts';
import { importTar } from './import-tar.ts';
import { adler32, PackWriter } from './pack.ts';
import { resolveBase } from './resolve.ts';
import { readTar, type TarEntry } from './tar.ts';
import { kernelVersion, versionMatches } from './types.ts';
import type { BaseTree } from '../records/apply.ts';

t.setTimeout(300_000);

t.test('kernel versions', async (t) => {
  t.equal(kernelVersion(MAKEFILE), '6.12.1');
  t.equal(kernelVersion('VERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 0\nEXTRAVERSION = -rc1\n'), '7.3.0-rc1');
  t.equal(kernelVersion('all:\n'), undefined);
  for (const [wanted, found, is] of [
    ['6.12', '6.12.117', true],
    ['6.12', '6.1.2', false],
    ['6.1', '6.12', false],
    ['7.3', '7.3-rc1', true],
    ['6.12.3', '6.12.4', false],
  ] as const) {
    t.equal(versionMatches(wanted, found), is, `${wanted} ${found}`);
  }
});

async function collect(
  source: AsyncIterable<TarEntry>,
): Promise<{ path: string; kind: string; executable: boolean; text: string }[]> {
  const found = [];
  for await (const { path, kind, executable, data } of source)
    found.push({ path, kind, executable, text: data.toString() });
  return found;
}

function pieces(tar: Buffer, size: number): Readable {
  return Readable.from(
    Array.from({ length: Math.ceil(tar.length / size) }, (_, index) => tar.subarray(index * size, (index + 1) * size)),
  );
}

t.test('tar: what GNU tar writes, in any pieces', async (t) => {
  const f = makeFixture('tar');
  t.teardown(f.remove);
  const long = `${'d'.repeat(90)}/${'f'.repeat(90)}`;
  execFileSync('mkdir', ['-p', join(f.kernel, 'd'.repeat(90))]);
  writeFileSync(join(f.kernel, long), 'long name');
  execFileSync('ln', ['-s', `${'t'.repeat(120)}`, join(f.kernel, 'link')]);
  for (const format of ['gnu', 'ustar', 'pax']) {
    const tar = execFileSync('tar', [
      '-c',
      `--format=${format}`,
      '--exclude=.git',
      ...(format === 'gnu' ? [] : ['--exclude=link']),
      '-C',
      f.dir,
      'my linux',
    ]);
    for (const size of [100_000, 700]) {
      const entries = await collect(readTar(pieces(tar, size)));
      t.match(
        entries.find(({ path }) => path.endsWith('run.sh')),
        { executable: true, kind: 'file', text: '#!/bin/sh\n' },
      );
      t.equal(entries.find(({ path }) => path.endsWith(long))?.text, 'long name', format);
      if (format === 'gnu')
        t.match(
          entries.find(({ kind }) => kind === 'link'),
          { text: 't'.repeat(120) },
        );
    }
    await t.rejects(collect(readTar(pieces(tar.subarray(0, 2000), 512))), { message: 'Unexpected end of data' });
  }
  await t.rejects(collect(readTar(pieces(Buffer.alloc(1024, 'x'), 512))), /Invalid tar header/);
});

t.test('import: refuses what is no kernel tree, and packs what git reads', async (t) => {
  const f = makeFixture('pack');
  t.teardown(f.remove);
  const packs = join(f.kernel, '.git/objects/pack');
  const entry = (path: string, data: string | Buffer, kind: TarEntry['kind'] = 'file'): TarEntry => ({
    path,
    kind,
    executable: false,
    data: Buffer.from(data),
    mtimeSeconds: 7,
  });
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
  const id = await run(
    entry('l/a.c', 'same'),
    entry('l/a/b', 'same'),
    entry('l/a-b', ''),
    entry('l/big', big),
    entry('l/z', 'a', 'link'),
  );
  git(f.kernel, 'fsck', '--strict');
  git(
    f.kernel,
    'verify-pack',
    ...readdirSync(packs)
      .filter((name) => name.endsWith('.idx'))
      .map((name) => join(packs, name)),
  );
  t.equal(git(f.kernel, 'ls-tree', '-r', '--name-only', id), 'a-b\na.c\na/b\nbig\nz\n');
  t.equal(git(f.kernel, 'show', `${id}:big`), big.toString());
  t.equal(git(f.kernel, 'log', '-1', '--format=%ct %s', id), '7 m\n');
  t.equal(adler32(Buffer.from('Wikipedia')), 0x11e60398);
});

t.test('a git url: fetched once, and a ref or host that does not exist', async (t) => {
  const f = makeFixture('url');
  t.teardown(f.remove);
  const { data } = loadManifest(f.project);
  const get = (url: string, ref: string): Promise<BaseTree> =>
    resolveBase({ ...data, bases: { 'v6.12': { kernel: '6.12', git: url, ref } } }, {}, f.context);
  const url = `file://${f.kernel}`;
  t.match(await failure(get(`file://${f.dir}/nowhere`, 'master')), { code: 'E_HOST_NETWORK' });
  t.match(await failure(get(url, 'v9')), { code: 'E_BASE', next: /correct the ref/ });
  t.strictSame(readdirSync(f.context.cache.bases), [], 'nothing is left of them');
  const base = await get(url, 'master');
  t.match(base, { kernel: '6.12.1', commit: git(f.kernel, 'rev-parse', 'HEAD').trim() });
  execFileSync('mv', [f.kernel, `${f.kernel} moved`]);
  t.strictSame(await get(url, 'master'), base, 'no network is needed again');
});
