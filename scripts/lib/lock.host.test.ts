import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { eventually, runScript } from '../testing/process.ts';
import { acquire } from './lock.ts';

t.setTimeout(300_000);

const LOCKS = 300;
const PROCESSES = 4;

t.test('four processes break the same stale locks at once: each lock has one holder', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'dtrace bpf lock-'));
  t.teardown(() => rmSync(dir, { recursive: true }));
  for (let index = 0; index < LOCKS; index++) writeFileSync(join(dir, `lock.${index}`), JSON.stringify({ pid: 2 ** 22 + 1, startTime: '1', purpose: 'killed', since: '' }));
  const start = String(Date.now() + 1_000);
  const said: string[] = [];
  const children = Array.from({ length: PROCESSES }, () => runScript(join(import.meta.dirname, '../testing/lock-often.ts'), [dir, String(LOCKS), start, String(PROCESSES)]));
  t.teardown(() => children.forEach((child) => child.kill('SIGKILL')));
  for (const child of children) child.stderr?.on('data', (data) => said.push(String(data)));
  for (const child of children) t.equal(await eventually('the end of a process', () => child.exitCode ?? undefined), 0);
  t.equal(said.join(''), '');
  const count = (name: string): number => readdirSync(dir).filter((file) => file.startsWith(name)).length;
  t.strictSame([count('holder.'), count('lock.')], [LOCKS, LOCKS], 'somebody holds each, and no guard is left');
});

t.test('a breaker that died in the middle is broken in turn', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'dtrace bpf lock-'));
  t.teardown(() => rmSync(dir, { recursive: true }));
  const lock = join(dir, 'lock');
  const dead = JSON.stringify({ pid: 2 ** 22 + 1, startTime: '1', purpose: 'killed', since: '' });
  writeFileSync(lock, dead);
  // the guard of this very text, taken by a process that is gone
  writeFileSync(`${lock}.${createHash('sha256').update(dead).digest('hex').slice(0, 12)}.break`, dead);
  const release = await acquire(lock, { purpose: 'next' });
  release();
  t.strictSame(readdirSync(dir), []);
});
