/**
 * What was seen of this host's KVM, kept for the next command: as long as the host was not booted again and all of it
 * is the same.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { makeDir } from '../lib/make-dir.ts';
import { readJson, writeJson } from '../lib/record.ts';
import { kvmRights } from './kvm.ts';
import { which } from './tools.ts';
import type { AccelChoice } from './accelerator.ts';

/** Below the cache. */
export const MEMORY_FILE = 'accelerator.json';

export interface Place {
  readonly device: string;
  readonly qemu: string;
  /** File of what was seen. */
  readonly memory: string;
}

const Memory = z.object({
  identity: z.string(),
  accel: z.enum(['kvm', 'tcg']),
  reason: z.string().min(1),
  seen: z.string(),
});

/** Of the boot, QEMU, the device, the modules behind it and who may open it: another one of these is another host. */
export function identityOf(
  { device, qemu }: Pick<Place, 'device' | 'qemu'>,
  bootId = '/proc/sys/kernel/random/boot_id',
): string {
  return JSON.stringify([
    attempt(() => readFileSync(bootId, 'utf8').trim()),
    fileIdentity(which(qemu) ?? qemu),
    device,
    attempt(() => String(statSync(device).rdev)),
    kvmRights(device).rights,
    process.getuid?.() ?? null,
    attempt(() =>
      readdirSync('/sys/module')
        .filter((name) => name.startsWith('kvm'))
        .sort()
        .join(' '),
    ),
  ]);
}

function fileIdentity(path: string): string {
  return attempt(() => {
    const { ino, size, mtimeMs } = statSync(path);
    return `${path} ${ino} ${size} ${mtimeMs}`;
  });
}

function attempt(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}

/** undefined for a file that is not there, is damaged, or is about another host. */
export function recall(file: string, identity: string): AccelChoice | undefined {
  const { data } = Memory.safeParse(readJson(file));
  if (data?.identity !== identity) return undefined;
  return { accel: data.accel, reason: `${data.reason} (seen ${data.seen})` };
}

export function remember(file: string, identity: string, { accel, reason }: AccelChoice, now = new Date()): void {
  try {
    makeDir(dirname(file));
    writeJson(file, { identity, accel, reason, seen: `${now.toISOString().slice(0, 16).replace('T', ' ')} UTC` });
  } catch {
    // a cache that cannot be written: the next command tries again
  }
}
