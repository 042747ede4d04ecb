// Two parts of a run for a test on a terminal: the second one takes an hour, or with an argument no time
import { setTimeout as sleep } from 'node:timers/promises';
import { inPart } from '../lib/stage.ts';
import { standalone } from '../lib/standalone.ts';

const HOUR_MS = 3_600_000;

process.exitCode = await standalone(process.argv.slice(2), async (script) => {
  const { args, log, signal } = script;
  await Promise.all([
    inPart(script, 'short', async (part) => part.log({ kind: 'done', text: 'all of it' })),
    inPart(
      script,
      'long',
      async (part) => {
        part.log({ kind: 'progress', what: 'waiting', done: 1, total: 4, unit: 'steps' });
        await sleep(args.length > 0 ? 0 : HOUR_MS, undefined, { signal });
      },
      { expectedMs: HOUR_MS },
    ),
  ]);
  log({ kind: 'note', text: 'over' });
  return 0;
});
