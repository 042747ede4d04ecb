/** What the guest root of the clients is made of, and how. Pure. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';

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
];
/** Another way to make it is another root. */
const RECIPE = 1;
/** A fifth of what is installed, and nothing reads it. */
const LEFT_OUT = ['/usr/share/doc/*', '/usr/share/man/*', '/usr/share/locale/*'];

export interface RootPlan {
  readonly suite: string;
  readonly mirror: string;
  readonly packages: readonly string[];
}

export function rootDir(builds: string, { suite, packages }: Pick<RootPlan, 'suite' | 'packages'>): string {
  const made = createHash('sha256').update(JSON.stringify([RECIPE, suite, packages]));
  return join(builds, `clients-${made.digest('hex').slice(0, 16)}`);
}

/**
 * In namespaces of its own: what it mounts and starts there ends with it, also when it is killed, and the half of a
 * root that is left can be deleted. A mirror that stands still is good enough; its signatures are checked.
 */
export function bootstrapArgv({ suite, mirror, packages }: RootPlan, dir: string): string[] {
  return [
    ...['unshare', '--mount', '--pid', '--fork', '--kill-child'],
    ...['mmdebstrap', '--mode=root', '--variant=minbase', '--format=directory'],
    '--aptopt=Acquire::Check-Valid-Until "false"',
    ...LEFT_OUT.map((path) => `--dpkgopt=path-exclude=${path}`),
    `--include=${packages.join(',')}`,
    ...[suite, dir, mirror],
  ];
}
