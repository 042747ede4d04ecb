import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where vng looks first; then come ~/.virtme-ng.conf and /etc/virtme-ng.conf. */
const OPTIONS = '.config/virtme-ng/virtme-ng.conf';

/**
 * vng lets the options of the first file that it finds win over those of its command line (`memory`, `verbose`). So
 * it gets a home directory with an empty one, which goes with the guest; and so do its temporary files, which it
 * leaves behind when it is killed.
 * @returns its environment besides that of every vng
 */
export function vngHome(dir: string): Record<string, string> {
  mkdirSync(join(dir, OPTIONS, '..'), { recursive: true });
  writeFileSync(join(dir, OPTIONS), '{ "default_opts": {} }\n');
  return { HOME: dir, TMPDIR: dir };
}
