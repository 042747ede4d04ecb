import { readdirSync, readFileSync } from 'node:fs';

interface Process {
  readonly pid: number;
  readonly argv: readonly string[];
}

function processes(): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid): Process[] => {
      try {
        return [{ pid: Number(pid), argv: readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0') }];
      } catch {
        // it ended while we looked
        return [];
      }
    });
}

/**
 * SIGKILL to the QEMU of one guest: other guests run at the same time.
 * @param dir that holds the guest's sockets: it is in QEMU's arguments
 */
export function killQemu(dir: string): void {
  for (const { pid, argv } of processes()) {
    if (/(?:^|\/)qemu-system-[^/]*$/.test(argv[0] ?? '') && argv.some((word) => word.includes(`${dir}/`)))
      process.kill(pid, 'SIGKILL');
  }
}
