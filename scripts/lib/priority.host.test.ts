import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { exec } from './exec.ts';
import { sessionNice } from './priority.ts';

const here = dirname(fileURLToPath(import.meta.url));

/** A command of the workbench that starts one itself, as the topics' drivers and the host tests do. */
const COMMAND = `
const { exec } = await import('./exec.ts');
console.log((await exec(['sh', '-c', 'sleep 0.1; cat /proc/self/autogroup'], { nice: 2 })).stdout);
`;

t.test('what a command starts is as nice as that, and more when it is told so', { skip: existsSync('/proc/self/autogroup') ? false : 'the kernel groups no sessions' }, async (t) => {
  const { stdout, stderr } = await exec([process.execPath, '--import', 'tsx', '--input-type=module', '-e', COMMAND], { nice: 7, cwd: here });
  t.ok(stdout.includes(` nice ${sessionNice() + 9}\n`), stdout + stderr);
});
