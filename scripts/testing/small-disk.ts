import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Only root can, and root is not stopped by a directory's permissions either: a small and read-only mount stops root
 * too.
 */
function canMount(): boolean {
  const dir = mkdtempSync(join(tmpdir(), 'dtrace-bpf-mount-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', dir]).status === 0;
  if (mounted) spawnSync('umount', [dir]);
  rmSync(dir, { recursive: true });
  return mounted;
}

/** For a test's `skip`. */
export const noSmallDisk: false | string = canMount() ? false : 'this process cannot mount a small tmpfs';

export interface SmallDisk {
  /** Leaves no room for anything. */
  fill(): void;
  /** The room that was filled is free again, and there is more of it. */
  grow(): void;
  readOnly(): void;
  unmount(): void;
}

const SIZE_KIB = 512;

export function mountSmallDisk(dir: string): SmallDisk {
  mkdirSync(dir, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE_KIB}k`, 'tmpfs', dir]);
  const filler = join(dir, 'filler');
  const remount = (option: string): void => void execFileSync('mount', ['-o', `remount,${option}`, dir]);
  return {
    fill: () => writeFileSync(filler, Buffer.alloc((SIZE_KIB - 32) * 1024)),
    grow: () => {
      rmSync(filler, { force: true });
      remount('size=10m');
    },
    readOnly: () => remount('ro'),
    unmount: () => void execFileSync('umount', [dir]),
  };
}
