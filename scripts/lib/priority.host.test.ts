import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { exec } from './exec.ts';

const here = dirname(fileURLToPath(import.meta.url));

/** A command of the workbench that starts one itself, as the topics' drivers and the host tests do. */
const COMMAND = `
const { exec } = await import('./exec.ts');
console.log((await exec(['sh', '-c', 'sleep 0.1; cat /proc/self/autogroup'])).stdout);
`;

t.test('what a command starts stands in the same place of the queue, in a session of its own', { skip: existsSync('/proc/self/autogroup') ? false : 'the kernel groups no sessions' }, async (t) => {
  const { stdout, stderr } = await exec([process.execPath, '--import', 'tsx', '--input-type=module', '-e', COMMAND], { nice: 7, cwd: here });
  t.match(stdout, / nice 7\n/, stderr);
});
