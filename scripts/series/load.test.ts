import { execFileSync } from 'node:child_process';
import { dirname } from 'node:path';
import t from 'tap';
import { loadSeries, patchesDir, patchsetHash } from './load.ts';

t.test('the hash of the patch files is that of the command that KCIDB gives for it', async (t) => {
  const root = dirname(dirname(import.meta.dirname));
  const command = 'sha256sum *.patch | cut -c-64 | sha256sum | cut -c-64';
  const said = execFileSync('sh', ['-c', command], { cwd: patchesDir(root), encoding: 'utf8' });
  const { patches } = loadSeries(root);
  t.equal(patchsetHash(patches), said.trim());
  t.not(patchsetHash(patches.slice(1)), said.trim());
});
