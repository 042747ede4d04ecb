import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { SeriesPatch } from '../series/patchfile.ts';
import { projectDigest, seriesDigest } from './identity.ts';

t.test('what decides on a result changes the hash, and nothing else does', async (t) => {
  const root = t.testdir({
    'package-lock.json': '{}',
    'README.md': 'x',
    kconfig: { 'default.config': 'a' },
    patches: { 'series.yaml': 'x' },
    scripts: { lib: { 'a.ts': 'x' } },
    selftests: { 'a.test.ts': 'x', progs: { 'a.bpf.c': 'x' } },
  });
  const before = projectDigest(root);
  t.match(before, /^[0-9a-f]{64}$/);
  const put = (path: string, text: string): void => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  for (const path of ['README.md', 'scripts/README.md', 'out/run/cell.json', '.tap/x']) {
    put(path, 'y');
    t.equal(projectDigest(root), before, path);
  }
  for (const path of [
    'package-lock.json',
    'kconfig/default.config',
    'patches/0001-a.patch',
    'scripts/lib/b.ts',
    'selftests/progs/a.bpf.c',
  ]) {
    put(path, 'y');
    t.not(projectDigest(root), before, path);
    if (/b\.ts|0001/.test(path)) rmSync(join(root, path));
    else put(path, path.endsWith('.json') ? '{}' : path.endsWith('.config') ? 'a' : 'x');
    t.equal(projectDigest(root), before, `${path} as it was`);
  }
});

t.test('a series is its patches in their order', async (t) => {
  const digest = (...digests: string[]): string =>
    seriesDigest({ patches: digests.map((digest) => ({ digest }) as SeriesPatch) });
  t.equal(digest('a', 'b'), digest('a', 'b'));
  t.not(digest('a', 'b'), digest('a', 'c'));
  t.not(digest('a', 'b'), digest('b', 'a'));
  t.not(digest('a', 'b'), digest('a'));
});
