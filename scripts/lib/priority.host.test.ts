import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { exec } from './exec.ts';
import { sessionNice } from './priority.ts';

const here = dirname(fileURLToPath(import.meta.url));

/** Who starts a command sets its value when it runs already: it looks until the value is there, or for a minute. */
const waitFor = (nice: number): string =>
  `for i in $(seq 600); do grep -q " nice ${nice}$" /proc/self/autogroup && break; sleep 0.1; done; ` +
  'cat /proc/self/autogroup';

/** A command of the workbench that starts one itself, as the topics' drivers and the host tests do. */
const command = (own: number, inner: number): string => `
const { exec } = await import('./exec.ts');
const { sessionNice } = await import('./priority.ts');
for (let i = 0; i < 600 && sessionNice() !== ${own}; i++) await new Promise((resolve) => setTimeout(resolve, 100));
console.log((await exec(['sh', '-c', ${JSON.stringify(waitFor(inner))}], { nice: 2 })).stdout);
`;

t.test(
  'what a command starts is as nice as that, and more when it is told so',
  { skip: existsSync('/proc/self/autogroup') ? false : 'the kernel groups no sessions' },
  async (t) => {
    const [own, inner] = [7, 9].map((more) => Math.min(19, sessionNice() + more)) as [number, number];
    const { stdout, stderr } = await exec(
      [process.execPath, '--import', 'tsx', '--input-type=module', '-e', command(own, inner)],
      { nice: 7, cwd: here },
    );
    t.ok(stdout.includes(` nice ${inner}\n`), stdout + stderr);
  },
);
