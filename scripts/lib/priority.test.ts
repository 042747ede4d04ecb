import { existsSync } from 'node:fs';
import { getPriority } from 'node:os';
import t from 'tap';
import { exec } from './exec.ts';
import { parseAutogroup, sessionNice } from './priority.ts';

const SHOW = ['sh', '-c', 'sleep 0.1; cat /proc/self/autogroup; cut -d" " -f19 /proc/self/stat'];

t.test("the scheduler's line about a group", async (t) => {
  t.equal(parseAutogroup('/autogroup-21 nice 5\n'), 5);
  t.equal(parseAutogroup('/autogroup-2042 nice -3\n'), -3);
  t.equal(parseAutogroup(''), 0);
});

t.test('a command at the end of the queue, and one like any other', async (t) => {
  const group = (nice: number): string => (existsSync('/proc/self/autogroup') ? `nice ${nice}\n` : '');
  const last = (await exec(SHOW, { nice: 19 })).stdout;
  t.ok(last.endsWith(`${group(19)}19\n`), last);
  const same = (await exec(SHOW)).stdout;
  t.ok(same.endsWith(`${group(sessionNice())}${getPriority()}\n`), same);
});
