import { readdirSync, readFileSync } from 'node:fs';

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
}

function processes(): Process[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((pid): Process[] => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
      return [{ pid: Number(pid), name, parent: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) }];
    } catch {
      // it ended while we looked
      return [];
    }
  });
}

/** SIGKILL to every QEMU below the process that owns the guest. */
export function killQemu(owner: number): void {
  const all = processes();
  const isBelow = (one: Process | undefined): boolean => {
    if (one === undefined) return false;
    return one.parent === owner || isBelow(all.find((candidate) => candidate.pid === one.parent));
  };
  for (const one of all) if (one.name.startsWith('qemu-system') && isBelow(one)) process.kill(one.pid, 'SIGKILL');
}
