import { closeSync, constants, openSync, statSync, type Stats } from 'node:fs';
import { errnoOf, messageOf } from '../lib/errors.ts';

export interface KvmRights {
  readonly device: string;
  readonly rights: 'read-write' | 'none' | 'no device';
  /** In words: who may open it, and whether this process could. */
  readonly text: string;
}

function describe({ mode, uid, gid }: Stats): string {
  return `mode ${(mode & 0o7777).toString(8).padStart(4, '0')}, user ${uid}, group ${gid}`;
}

/**
 * Whether this process may use KVM, as the system sees it; whether KVM runs anything is another question, see
 * kvm-probe.ts.
 */
export function kvmRights(device = '/dev/kvm'): KvmRights {
  let stat: Stats;
  try {
    stat = statSync(device);
  } catch (error: unknown) {
    return {
      device,
      rights: 'no device',
      text: errnoOf(error) === 'ENOENT' ? `${device} does not exist` : messageOf(error),
    };
  }
  const who = `user ${process.getuid?.() ?? 'unknown'}`;
  try {
    // without it, opening something that is no device, such as a pipe, might wait
    closeSync(openSync(device, constants.O_RDWR | constants.O_NONBLOCK));
    return { device, rights: 'read-write', text: `${who} may read and write ${device} (${describe(stat)})` };
  } catch (error: unknown) {
    return {
      device,
      rights: 'none',
      text: `${who} may not open ${device} (${describe(stat)}): ${errnoOf(error) ?? messageOf(error)}`,
    };
  }
}
