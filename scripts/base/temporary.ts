import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startTime } from '../lib/start-time.ts';

/** Where this process imports a source; its name tells other processes whether it is in use. */
export function temporaryBase(bases: string): string {
  return join(bases, `tmp-${process.pid}-${startTime(process.pid)}`);
}

/** What killed imports left. Another base has another lock, so another import may be going on at the same time. */
export function removeLeftovers(bases: string): void {
  for (const entry of existsSync(bases) ? readdirSync(bases) : []) {
    const [, pid, start] = /^tmp-(\d+)-(\w+)$/.exec(entry) ?? [];
    if (!entry.startsWith('tmp-') || (pid !== undefined && startTime(Number(pid)) === start)) continue;
    rmSync(join(bases, entry), { recursive: true, force: true });
  }
}
