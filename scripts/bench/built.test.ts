import { join } from 'node:path';
import t from 'tap';
import { writeBuildState } from '../kernel/state.ts';
import type { BuildRecord } from '../records/build.ts';
import { writeJson } from '../lib/record.ts';
import { builtSeries } from './built.ts';

t.test('the kernel of the applied tree, as long as its build directory holds that one', async (t) => {
  const root = t.testdir({ out: { '20260101T000000-build-1': {}, '20260102T000000-build-1': {}, '20260103T000000-apply-1': {} }, worktree: {}, build: { bzImage: 'kernel' } });
  const record = (tree: string): BuildRecord => ({
    stage: 'build', bzImage: join(root, 'build/bzImage'), dotconfig: '', libbpfSo: '', uapi: '', buildDir: join(root, 'build'), source: { worktree: join(root, 'worktree'), tree }, configSha256: '', warnings: [],
  }) as unknown as BuildRecord;
  writeJson(join(root, 'out/20260103T000000-apply-1/apply.json'), { stage: 'apply', worktree: join(root, 'worktree'), head: '', tree: 'applied', base: { commit: '', kernel: '' }, commits: [] });
  writeJson(join(root, 'out/20260101T000000-build-1/build.default.json'), record('applied'));
  writeBuildState({ tree: 'applied', record: record('applied') });
  t.equal(builtSeries(root, 'default').source.tree, 'applied');
  const next = 'npm run build -- --config default';
  writeJson(join(root, 'out/20260102T000000-build-1/build.default.json'), record('another'));
  writeBuildState({ tree: 'another', record: record('another') });
  t.throws(() => builtSeries(root, 'default'), { code: 'E_RECORD_MISSING', next }, 'what is there now is another tree\'s');
});
