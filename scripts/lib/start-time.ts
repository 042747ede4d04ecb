import { readFileSync } from 'node:fs';

/**
 * Clock ticks since boot at which a process began, field 22 of /proc/PID/stat: with the id it names one process for
 * good. undefined when there is no such process, or only its exit status is left: in a container often no parent asks
 * for that.
 */
export function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // the name in parentheses may hold spaces and parentheses itself
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
