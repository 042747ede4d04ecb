import { mkdtempSync, rmSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { startTime } from '../lib/start-time.ts';
import { eventually, pidFrom } from '../testing/process.ts';
import { earlyScript, guardedArgv, startScript, vngArgv, type BootFiles, type BootSpec } from './boot-plan.ts';

const FILES: BootFiles = {
  dir: '/tmp/x',
  agentSocket: '/tmp/x/agent',
  monitorSocket: '/tmp/x/qmp',
  startScript: '/tmp/x/start.sh',
  earlyScript: '/tmp/x/early.sh',
  fstab: '/tmp/x/fstab',
  console: '/out/console.log',
  vngOutput: '/out/vng',
};
const SPEC: BootSpec = { bzImage: '/k/bzImage', vmlinux: '/k/vmlinux', accel: 'tcg', cpus: 2, memoryMb: 2048 };

t.test('TCG is asked for by name, KVM is what vng takes by itself', async (t) => {
  t.ok(vngArgv(SPEC, FILES).includes('--disable-kvm'));
  t.notOk(vngArgv({ ...SPEC, accel: 'kvm' }, FILES).includes('--disable-kvm'));
});

t.test('the console is kept, an oops is the end, and the agent has its port', async (t) => {
  const argv = vngArgv(SPEC, FILES);
  t.ok(argv.includes('--verbose'), 'without it the console is lost');
  t.ok(argv.includes('--append=oops=panic'));
  t.match(
    argv.find((word) => word.startsWith('--qemu-opts=')),
    /name=dtrace\.agent/,
  );
});

t.test('virtual time is given on request only', async (t) => {
  t.notMatch(vngArgv(SPEC, FILES).join(' '), /icount/);
  t.match(
    vngArgv({ ...SPEC, icount: true, append: ['nokaslr'] }, FILES).join(' '),
    /--append=nokaslr.*-icount shift=0,sleep=off/,
  );
});

t.test('a guest of another architecture has a root of its own, and the host only where that says', async (t) => {
  const foreign = vngArgv({ ...SPEC, foreign: { arch: 'arm64', root: '/c/root' } }, FILES);
  const own = vngArgv(SPEC, FILES);
  t.match(foreign.join(' '), / --arch arm64 --root \/c\/root /);
  t.match(foreign.join(' '), /mount_tag=dtrace\.host/);
  t.ok(foreign.includes('--append=BASH_ENV=/dtrace-init'));
  t.ok(foreign.includes('--append=dtrace_early=/tmp/x/early.sh'));
  t.ok(own.includes('--append=BASH_ENV=/tmp/x/early.sh'));
  t.notMatch(own.join(' '), /--arch|--root|dtrace\.host|dtrace_early/);
});

t.test('both scripts are valid bash, whatever is in the paths', async (t) => {
  const agent = { node: "/a b/no'de", main: '/m/main.js', libbpf: '/l/libbpf.so', nativeLib: '/n/libnative.so' };
  for (const script of [startScript(agent), earlyScript({ startScript: "/tmp/it's", fstab: '/tmp/f' })]) {
    const child = spawn('bash', ['-n'], { stdio: ['pipe', 'ignore', 'inherit'] });
    child.stdin.end(script);
    t.equal(await new Promise((resolve) => child.once('close', resolve)), 0);
  }
});

t.test('nothing outlives the leader, even when it is killed without warning', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'guard-'));
  t.teardown(() => rmSync(dir, { recursive: true }));
  const out = join(dir, 'out');
  // a child of a child that ignores what can be ignored, as QEMU below vng
  const inner = `bash -c 'trap "" TERM HUP INT; echo $$; sleep 60' & wait`;
  const [command = '', ...args] = guardedArgv(['bash', '-c', inner], { console: join(dir, 'console'), vngOutput: out });
  const leader = spawn(command, args, { detached: true, stdio: 'ignore' });
  const pid = await pidFrom(out);
  t.ok(startTime(pid), 'the grandchild runs');
  leader.kill('SIGKILL');
  t.ok(await eventually('the grandchild is gone', () => startTime(pid) === undefined));
});

t.test('what is mounted first is what mount itself reads', async (t) => {
  const lines = earlyScript({ startScript: '/tmp/s', fstab: '/tmp/f' }).split('\n');
  const at = (start: string): number => lines.findIndex((line) => line.startsWith(start));
  t.ok(at('mount -n -t proc proc /proc') > 0);
  t.ok(at('mount -n -t proc proc /proc') < at('mount -a '));
});
