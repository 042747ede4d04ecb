/** What the guest root of the clients is made of, and how. Pure. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { RootPlan } from '../host/debian-root.ts';

/** DTrace is packaged there only, and so are programs that are as new as the kernel. */
export const NEWEST_SUITE = 'unstable';

/** By what they are for. */
export const PACKAGES: readonly string[] = [
  // the clients
  'bpftrace',
  'linux-perf',
  'bpftool',
  'bpfcc-tools',
  'dtrace',
  'dtrace-tests',
  // bcc unpacks the headers that the kernel has with them
  'xz-utils',
  // our own program is compiled against the library that others use
  'gcc',
  'libbpf-dev',
  'libc6-dev',
];
/** Another way to make it is another root. */
const RECIPE = 1;
export const HOW: readonly string[] = ['--variant=minbase'];

export function rootDir(builds: string, { suite, packages }: Pick<RootPlan, 'suite' | 'packages'>): string {
  const made = createHash('sha256').update(JSON.stringify([RECIPE, suite, packages]));
  return join(builds, `clients-${made.digest('hex').slice(0, 16)}`);
}
