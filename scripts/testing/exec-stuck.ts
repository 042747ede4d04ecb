import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';

/** Longer than any test waits for the command that was started. */
const STUCK_MS = 600_000;

/**
 * Runs the command of the command line as the workbench would, on a machine that gives this process no time once the
 * command is there.
 */
const spawn = childProcess.spawn;
childProcess.spawn = ((...words: Parameters<typeof spawn>) => {
  const child = spawn(...words);
  if (words[1]?.includes('make') === true) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STUCK_MS);
  return child;
}) as typeof spawn;
syncBuiltinESMExports();

const { exec } = await import('../lib/exec.ts');
await exec(process.argv.slice(2));
