/** What is run to boot a guest: argv and files as data; pure. */
import type { Accel } from '../host/accelerator.ts';
import { EARLY_VARIABLE, HOST_TAG, ROOT_INIT } from '../host/arch-root.ts';

export interface Foreign {
  /** As vng calls it. */
  readonly arch: string;
  /** Its root file system. */
  readonly root: string;
}

export interface BootSpec {
  readonly bzImage: string;
  /** The same kernel as it was linked: what the guest runs is compared with it. */
  readonly vmlinux: string;
  /** Of another architecture than the host's. */
  readonly foreign?: Foreign;
  readonly accel: Accel;
  readonly cpus: number;
  readonly memoryMb: number;
  /** More kernel parameters. */
  readonly append?: readonly string[];
  /** Virtual time by instruction count (`-icount shift=0,sleep=off`), TCG only: for benchmarks. */
  readonly icount?: boolean;
  /** One host thread for all virtual CPUs, TCG only (`-accel tcg,thread=single`). */
  readonly inTurn?: boolean;
  readonly qemuOpts?: readonly string[];
}

export interface BootFiles {
  /** See socketRoot(). */
  readonly dir: string;
  readonly agentSocket: string;
  readonly monitorSocket: string;
  readonly startScript: string;
  readonly earlyScript: string;
  readonly fstab: string;
  readonly console: string;
  readonly vngOutput: string;
}

export interface AgentFiles {
  readonly node: string;
  readonly main: string;
  readonly libbpf: string;
  readonly nativeLib: string;
}

export const AGENT_PORT = 'dtrace.agent';

/**
 * An oops ends the guest: what runs after one proves nothing. An NMI from outside makes a hung guest say where it
 * hangs. The timer check compares jiffies with the TSC and panics when a busy host stole the time between; under KVM
 * the kernel leaves it out by itself.
 */
const KERNEL_PARAMETERS = [
  'no_timer_check',
  'oops=panic',
  'unknown_nmi_panic=1',
  'printk.time=1',
  'loglevel=7',
  'audit=0',
  'kmemleak=on',
];

/**
 * virtme's own, and a cache: without one every page of every program comes over 9p each time it is run. Nothing changes
 * the guest's files on the host while it runs.
 */
const ROOT_FLAGS = 'rootflags=version=9p2000.L,trans=virtio,access=any,msize=512000,cache=loose';

/** What takes the place of virtme's init, see earlyScript(); and first messages, which vng asks for in vain there. */
function firstProcess({ earlyScript }: BootFiles, foreign: Foreign | undefined): string[] {
  return foreign === undefined
    ? [`BASH_ENV=${earlyScript}`]
    : ['earlycon', `BASH_ENV=${ROOT_INIT}`, `${EARLY_VARIABLE}=${earlyScript}`];
}

/** The host's files for a guest whose root is another one. */
const HOST_FILES = [
  '-fsdev',
  'local,id=host,path=/,security_model=none,readonly=on,multidevs=remap',
  '-device',
  `virtio-9p-pci,fsdev=host,mount_tag=${HOST_TAG}`,
];

export function vngArgv(spec: BootSpec, files: BootFiles): string[] {
  const { foreign } = spec;
  const qemu = [
    ...(foreign === undefined ? [] : HOST_FILES),
    '-chardev',
    `socket,id=agent,path=${files.agentSocket}`,
    '-device',
    'virtio-serial-pci',
    '-device',
    `virtserialport,chardev=agent,name=${AGENT_PORT}`,
    '-qmp',
    `unix:${files.monitorSocket},server=on,wait=off`,
    ...(spec.icount === true ? ['-icount', 'shift=0,sleep=off'] : []),
    ...(spec.inTurn === true ? ['-accel', 'tcg,thread=single'] : []),
    ...(spec.qemuOpts ?? []),
  ];
  return [
    'vng',
    '--run',
    spec.bzImage,
    '--verbose',
    '--force-9p',
    '--disable-microvm',
    ...(foreign === undefined ? [] : ['--arch', foreign.arch, '--root', foreign.root]),
    ...(spec.accel === 'tcg' ? ['--disable-kvm'] : []),
    '--cpus',
    String(spec.cpus),
    '--memory',
    `${spec.memoryMb}M`,
    ...[...KERNEL_PARAMETERS, ROOT_FLAGS, ...firstProcess(files, foreign), ...(spec.append ?? [])].map(
      (parameter) => `--append=${parameter}`,
    ),
    `--qemu-opts=${qemu.join(' ')}`,
    '--exec',
    `bash ${files.startScript}`,
  ];
}

/**
 * Runs a command so that nothing of it outlives its caller. The caller's exec kills the leader (this shell) when the
 * caller dies, even by SIGKILL; the leader's end closes a pipe, and the process that waits on that pipe kills the
 * group. vng and QEMU get files, as vng demands.
 */
export function guardedArgv(argv: readonly string[], files: Pick<BootFiles, 'console' | 'vngOutput'>): string[] {
  const script = [
    'out=$1; console=$2; shift 2',
    'exec 9> >(read -r _; kill -KILL -- -$$)',
    '"$@" 9>&- </dev/null >>"$out" 2>>"$console" &',
    'wait $!',
  ].join('\n');
  return ['bash', '-c', script, 'guest', files.vngOutput, files.console, ...argv];
}

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** What every guest has mounted; what is there already fails to be mounted again, and is left alone. */
export const FSTAB = `proc /proc proc defaults
sys /sys sysfs defaults
run /run tmpfs mode=755
debugfs /sys/kernel/debug debugfs defaults
tracefs /sys/kernel/tracing tracefs defaults
bpf /sys/fs/bpf bpf defaults
cgroup2 /sys/fs/cgroup cgroup2 defaults
devpts /dev/pts devpts X-mount.mkdir
shm /dev/shm tmpfs mode=1777,X-mount.mkdir
`;

/**
 * Runs in the guest; when it ends, the guest powers off. Works with and without udev. Every program that is run costs a
 * quarter of a second or more there, for reading it over 9p: so bash does what it can by itself.
 */
export function startScript(agent: AgentFiles): string {
  const program = [agent.node, agent.main].map(quote).join(' ');
  const libraries = [agent.libbpf, agent.nativeLib].map(quote).join(' ');
  return `# Runs in the guest.
[[ $(< /proc/mounts) == *' /sys/fs/bpf '* ]] || mount -t bpf bpf /sys/fs/bpf
mkdir -p /run/dtrace
export TMPDIR=/run/dtrace HOME=/run/dtrace
cd /run/dtrace
ulimit -l unlimited
ulimit -n 65536
# Emulated interrupts are slow; perf would throttle its events for it.
echo 0 > /proc/sys/kernel/perf_cpu_time_max_percent
echo -1 > /proc/sys/kernel/perf_event_paranoid
# Leaks are looked for when a topic ends, not in the middle of another test.
[ -e /sys/kernel/debug/kmemleak ] && echo scan=off > /sys/kernel/debug/kmemleak
port=
for try in {1..100}; do
  for name in /sys/class/virtio-ports/*/name; do
    [ -e "$name" ] && [ "$(< "$name")" = ${AGENT_PORT} ] && { port=\${name%/name}; port=/dev/\${port##*/}; }
  done
  [ -c "$port" ] && break
  sleep 0.1
done
{ ${program} "$port" ${libraries} 2>&1; echo "ended with $?"; } |
while IFS= read -r line; do
  echo "<6>dtrace-selftest: agent $line" > /dev/kmsg
done
sleep 1
`;
}

/**
 * virtme's init is a bash script that mounts, runs tmpfiles and settles udev: four fifths of a boot under TCG, for
 * devices that the kernel has made itself. The kernel hands BASH_ENV on to it, bash sources that first, and this takes
 * its place. Where init is another program, nothing is sourced as process 1 and virtme starts the same script in its
 * own way.
 */
export function earlyScript(files: Pick<BootFiles, 'startScript' | 'fstab'>): string {
  return `# Sourced by bash in the guest; only the first process takes over.
[ $$ -eq 1 ] || return 0
unset BASH_ENV
for name in "\${!virtme_@}"; do unset "$name"; done
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# On 7.3 "mount -a" does nothing without /proc/mounts: "Too many levels of symbolic links".
mount -n -t proc proc /proc
mount -a -T ${quote(files.fstab)} 2> /dev/null
mkdir -p /run/overlay/upper /run/overlay/work
mount -t overlay -o lowerdir=/tmp,upperdir=/run/overlay/upper,workdir=/run/overlay/work tmp /tmp
[ -e /dev/fd ] || ln -s /proc/self/fd /dev/fd &
. ${quote(files.startScript)}
echo o > /proc/sysrq-trigger
# Nothing can be read over 9p any more, and the kernel panics when the first process ends.
while :; do :; done
`;
}
