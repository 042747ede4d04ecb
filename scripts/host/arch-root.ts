/**
 * The root of guests whose programs cannot be this machine's: packages of their architecture, unpacked only, because
 * what would configure them is of that architecture, too. Programs are cross-built against the same libraries.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { debianMirror } from '../base/suite.ts';
import type { Architecture } from '../lib/architecture.ts';
import { formatArgv } from '../lib/exec.ts';
import { withLock } from '../lib/lock.ts';
import { cachePaths } from '../lib/paths.ts';
import type { StageContext, Step } from '../lib/stage.ts';
import { bootstrapArgv, makeRoot, type RootPlan } from './debian-root.ts';

/** Its Node is as new as this project's has to be. */
const SUITE = 'trixie';
const PACKAGES: readonly string[] = [
  // what the directories are, a shell under both of its names, and the mounts of the first process
  ...['base-files', 'bash', 'dash', 'coreutils', 'mount', 'util-linux'],
  // the agent
  'nodejs',
  // what tests run
  ...['grep', 'sed', 'mawk', 'findutils', 'procps'],
  // what programs are built against; the first is the compiler's own part for that architecture
  ...['libc6-dev', 'libelf-dev', 'zlib1g-dev', 'libssl-dev'],
];

/** Where node runs in such a root. */
export const ROOT_NODE = '/usr/bin/node';
/** Run by the first process of a guest, in place of virtme's. */
export const ROOT_INIT = '/dtrace-init';
/** 9p's name for the host's files. */
export const HOST_TAG = 'dtrace.host';
/** Kernel parameter, and so a variable of the first process: what of the host's goes on with the boot. */
export const EARLY_VARIABLE = 'dtrace_early';

/**
 * The root with the host's directories in it, but for those with programs and settings: so every path of this project
 * is the same on both sides. All of it is in memory, because there are places to mount on; and it is moved to, because
 * a process that is only below a changed root may make no user namespace.
 */
export const INIT = `# Sourced by bash in the guest; only the first process takes over.
[ $$ -eq 1 ] || return 0
unset BASH_ENV
export PATH=/usr/sbin:/usr/bin
mkdir -p /run/over/upper /run/over/work /run/host /run/root
mount -n -t proc proc /proc
mount -n -t overlay -o lowerdir=/,upperdir=/run/over/upper,workdir=/run/over/work root /run/root
mount -n -t 9p -o ro,version=9p2000.L,trans=virtio,access=any,msize=512000,cache=loose ${HOST_TAG} /run/host
mount -n -t devtmpfs dev /run/root/dev
for dir in /run/host/*; do
  name=\${dir##*/}
  case $name in bin|boot|dev|etc|lib*|lost+found|proc|run|sbin|sys|usr) continue;; esac
  [ -d "$dir" ] && [ ! -L "$dir" ] || continue
  mkdir -p "/run/root/$name"
  echo "$dir /run/root/$name none bind"
done > /run/fstab
mount -n -a -T /run/fstab
cd /run/root
pivot_root . run
exec chroot . bash "$${EARLY_VARIABLE}"
`;

const packageSchema = z.object({ dependencies: z.object({ koffi: z.string() }) });

/** The agent's door to C: for its architecture it is another package than the one that is installed here. */
function agentPackage(root: string, { name }: Architecture): string {
  const { dependencies } = packageSchema.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
  return `@koromix/koffi-linux-${name}@${dependencies.koffi}`;
}

function npmArgv(half: string, { name }: Architecture, what: string): string[] {
  const how = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--force', '--os=linux', `--cpu=${name}`];
  return ['npm', 'install', '--prefix', half, ...how, what];
}

/** Programs are built against it, so it has another name only when its packages are others. */
export function archRootDir(builds: string, arch: Architecture, agent: string): string {
  const made = createHash('sha256').update(JSON.stringify([SUITE, PACKAGES, agent]));
  return join(builds, `root-${arch.name}-${made.digest('hex').slice(0, 16)}`);
}

export function archRootPlan(mirror: string, debian: string): RootPlan {
  return { suite: SUITE, mirror, packages: PACKAGES, how: ['--variant=extract', `--architectures=${debian}`] };
}

/** undefined where the guest has this machine's files. @throws E_HOST_PACKAGES where there is no mirror, E_EXEC */
export async function archRoot(ctx: StageContext, arch: Architecture): Promise<string | undefined> {
  const { foreign } = arch;
  if (foreign === undefined) return undefined;
  const cache = cachePaths();
  const agent = agentPackage(ctx.root, arch);
  const dir = archRootDir(cache.builds, arch, agent);
  if (ctx.dryRun) {
    ctx.log({ kind: 'command', text: formatArgv(bootstrapArgv(archRootPlan('MIRROR', foreign), dir)) });
    return dir;
  }
  const purpose = `making the guest root of ${arch.name}`;
  return withLock(join(cache.locks, `root-${arch.name}`), { purpose, log: ctx.log, signal: ctx.signal }, async () => {
    if (!existsSync(dir)) await unpack(ctx, arch, foreign, agent, dir);
    placeInit(dir);
    return dir;
  });
}

async function unpack(
  ctx: StageContext,
  arch: Architecture,
  debian: string,
  agent: string,
  dir: string,
): Promise<void> {
  const plan = archRootPlan(await debianMirror(SUITE), debian);
  ctx.log({ kind: 'stage', stage: 'root', text: `a guest root with ${plan.packages.join(' ')} of ${SUITE}` });
  const steps = (half: string): Step[] => [
    { title: 'root', argv: bootstrapArgv(plan, half) },
    { title: 'agent', argv: npmArgv(half, arch, agent) },
  ];
  // Debian's own link is made when the package is configured
  const finish = (half: string): void => symlinkSync('mawk', join(half, 'usr/bin/awk'));
  await makeRoot(ctx, dir, ctx.run.log('root'), steps, finish);
}

/** A guest may be booting from what is there. */
function placeInit(dir: string): void {
  const path = join(dir, ROOT_INIT);
  if (existsSync(path) && readFileSync(path, 'utf8') === INIT) return;
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, INIT);
  renameSync(temporary, path);
}
