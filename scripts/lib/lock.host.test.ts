import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { eventually, runScript } from '../testing/process.ts';
import { heldLocks } from '../testing/locks.ts';
import { withLock } from './lock.ts';

t.setTimeout(300_000);

const LOCKS = 300;
const PROCESSES = 4;

t.test('four processes take the same locks at once: each has one holder, and a killed one holds nothing', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'dtrace bpf lock-'));
  t.teardown(() => rmSync(dir, { recursive: true }));
  const start = String(Date.now() + 1_000);
  const said: string[] = [];
  const args = [dir, String(LOCKS), start];
  const children = Array.from({ length: PROCESSES }, () =>
    runScript(join(import.meta.dirname, '../testing/lock-often.ts'), args),
  );
  const killAll = (): void => {
    for (const child of children) child.kill('SIGKILL');
  };
  t.teardown(killAll);
  for (const child of children) child.stderr?.on('data', (data) => said.push(String(data)));
  const count = (name: string): number => readdirSync(dir).filter((file) => file.startsWith(name)).length;
  await eventually('all of them done', () => count('done.') === PROCESSES || undefined);
  t.strictSame([count('holder.'), heldLocks(dir).filter((file) => file.startsWith('lock.')).length], [LOCKS, LOCKS]);
  killAll();
  for (const child of children) await eventually('the end of a process', () => child.signalCode ?? undefined);
  t.equal(await withLock(join(dir, 'lock.0'), { purpose: 'next', waitMs: 0 }, async () => 'free'), 'free');
  t.strictSame(heldLocks(dir), []);
  t.equal(said.join(''), '');
});
