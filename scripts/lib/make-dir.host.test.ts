/** A place in which no directory can be made ends a command at once, and says which place. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { makeDir } from './make-dir.ts';

const LIMIT_MS = 60_000;

t.test('parents are made, twice is once, and a file in the way is named', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'make-dir-'));
  t.teardown(() => rmSync(dir, { recursive: true }));
  for (let time = 0; time < 2; time++) makeDir(join(dir, 'a/b/c'));
  t.ok(statSync(join(dir, 'a/b/c')).isDirectory());
  writeFileSync(join(dir, 'file'), '');
  for (const path of ['file/x', 'file/x/y', 'file'])
    t.throws(() => makeDir(join(dir, path)), { message: /file/ }, path);
});

t.test('a file system without new directories: E_HOST_READONLY, in place of a process that never ends', async (t) => {
  const text =
    `import { makeDir } from ${JSON.stringify(join(import.meta.dirname, 'make-dir.ts'))};` +
    "try { makeDir('/proc/x/dtrace-bpf/locks'); } catch (error) { console.log(error.code, error.message); }";
  const child = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', text], {
    encoding: 'utf8',
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  t.equal(child.signal, null, 'it ended by itself');
  t.match(child.stdout, /^E_HOST_READONLY \/proc takes no directory: ENOENT/);
});
