import { setMaxListeners } from 'node:events';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { outliveReaders } from './lib/closed-pipe.ts';
import { EXIT } from './lib/errors.ts';
import { main, sayInterrupted } from './main.ts';

/**
 * Where sh is bash, npm passes a Ctrl-C on that the terminal has sent to this process as well: what comes so soon
 * behind the first is the same key.
 */
const SAME_KEY_MS = 1_000;

const interrupt = new AbortController();
// every process that runs at the same time listens
setMaxListeners(0, interrupt.signal);
const argv = process.argv.slice(2);
let first: number | undefined;
let ended = false;
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => {
    first ??= performance.now();
    interrupt.abort();
    if (performance.now() - first < SAME_KEY_MS) return;
    // a person who will not wait: exec's exit hook kills every group
    if (!ended) sayInterrupted(argv, process);
    process.exit(EXIT.interrupted);
  });
}
outliveReaders();
const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.exitCode = await main(argv, { root, stdout: process.stdout, stderr: process.stderr, signal: interrupt.signal });
ended = true;
