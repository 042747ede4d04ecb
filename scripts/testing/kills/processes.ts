/** Processes that belong to a run: by what their command line names, and where they are. */
import { readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTime } from '../../lib/start-time.ts';
import { commandOf } from '../process.ts';

/** The guardian works as soon as it gets to run; a QEMU of two gigabytes is taken apart in a moment. */
const PATIENCE_MS = 15_000;

function directoryOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}

/** Those that name one of the places, or are in one; not this process, and not what is only an exit status. */
export function processesIn(places: readonly string[]): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .flatMap((pid) => {
      if (pid === process.pid || startTime(pid) === undefined) return [];
      const [command, cwd] = [commandOf(pid), directoryOf(pid)];
      return places.some((place) => command.includes(place) || cwd === place || cwd.startsWith(`${place}/`))
        ? [`${pid} ${command.slice(0, 100)}`]
        : [];
    });
}

/** Those that are still there when they have had time to end. */
export async function survivors(places: readonly string[]): Promise<string[]> {
  const deadline = Date.now() + PATIENCE_MS;
  while (processesIn(places).length > 0 && Date.now() < deadline) await sleep(50);
  return processesIn(places);
}
