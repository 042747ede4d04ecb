import { existsSync } from 'node:fs';
import { getPriority } from 'node:os';
import t from 'tap';
import { exec } from './exec.ts';
import { parseAutogroup, sessionNice } from './priority.ts';

const OWN = 'cut -d" " -f19 /proc/self/stat';

/** Who starts a command sets its values when it runs already: it looks until they are there, for up to a minute. */
function shown(expected: string): string[] {
  const script = `for i in $(seq 600); do
    said=$(sed 's/.* nice/nice/' /proc/self/autogroup; ${OWN})
    [ "$said" = "$0" ] && break
    sleep 0.1
  done
  echo "$said"`;
  return ['sh', '-c', script, expected];
}

t.test("the scheduler's line about a group", async (t) => {
  t.equal(parseAutogroup('/autogroup-21 nice 5\n'), 5);
  t.equal(parseAutogroup('/autogroup-2042 nice -3\n'), -3);
  t.equal(parseAutogroup(''), 0);
});

t.test('a command at the end of the queue, and one like any other', async (t) => {
  const group = (nice: number): string => (existsSync('/proc/self/autogroup') ? `nice ${nice}\n` : '');
  const last = `${group(19)}19`;
  t.equal((await exec(shown(last), { nice: 19 })).stdout, `${last}\n`);
  const same = `${group(sessionNice())}${getPriority()}`;
  t.equal((await exec(shown(same))).stdout, `${same}\n`);
});
