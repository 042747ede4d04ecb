// Takes locks at the same moments as others do, and keeps what it got until it is killed: DIRECTORY LOCKS START_MS
// PROCESSES
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkbenchError } from '../lib/errors.ts';
import { acquire } from '../lib/lock.ts';

const INTERVAL_MS = 3;

const [directory = '', locks = '', start = ''] = process.argv.slice(2);
for (let index = 0; index < Number(locks); index++) {
  // a sleep would let the processes come one after the other
  while (Date.now() < Number(start) + index * INTERVAL_MS);
  try {
    await acquire(join(directory, `lock.${index}`), { purpose: 'often', waitMs: 0 });
  } catch (error: unknown) {
    if (error instanceof WorkbenchError && error.code === 'E_LOCKED') continue;
    throw error;
  }
  // fails when another process has the same lock
  closeSync(openSync(join(directory, `holder.${index}`), 'wx'));
}
closeSync(openSync(join(directory, `done.${process.pid}`), 'wx'));
await sleep(300_000);
