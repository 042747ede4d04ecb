import { setMaxListeners } from 'node:events';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EXIT } from './lib/errors.ts';
import { main } from './main.ts';

const interrupt = new AbortController();
// every process that runs at the same time listens
setMaxListeners(0, interrupt.signal);
let signals = 0;
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => {
    interrupt.abort();
    // the second one is a person who will not wait: exec's exit hook kills every group
    if (++signals > 1) process.exit(EXIT.interrupted);
  });
}
const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.exitCode = await main(process.argv.slice(2), { root, stdout: process.stdout, stderr: process.stderr, signal: interrupt.signal });
