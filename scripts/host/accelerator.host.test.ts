/** The host's own KVM, where there is one, with the host's own QEMU and a real kernel. */
import { chmodSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { exec } from '../lib/exec.ts';
import { cachePaths } from '../lib/paths.ts';
import { tryKvm } from './accelerator.ts';
import { kvmRights } from './kvm.ts';
import { judgeProbe, probe } from './kvm-probe.ts';
import { which } from './tools.ts';

const QEMU = 'qemu-system-x86_64';
const { signal } = new AbortController();

/** A kernel that the workbench built, or one of the host's. */
function someKernel(): string | undefined {
  const { worktrees } = cachePaths();
  const list = (dir: string): string[] => {
    try {
      return readdirSync(dir);
    } catch {
      return [];
    }
  };
  const built = list(worktrees).flatMap((tree) =>
    list(join(worktrees, tree)).map((dir) => join(worktrees, tree, dir, 'arch/x86/boot/bzImage')),
  );
  return [
    ...built,
    ...list('/boot')
      .filter((name) => name.startsWith('vmlinuz-'))
      .map((name) => join('/boot', name)),
  ].find(existsSync);
}

/** Emulation beside a build of a kernel. */
const PATIENCE_MS = 300_000;

const kernel = someKernel();
const skip =
  which(QEMU) === undefined
    ? `${QEMU} is not installed`
    : kernel === undefined
      ? 'no kernel is built yet, and /boot has none'
      : false;
const skipKvm = kvmRights().rights !== 'read-write' ? kvmRights().text : skip;

t.test('a real kernel is heard by the probe, when its QEMU emulates', { skip }, async (t) => {
  const qemu = join(
    t.testdir({ qemu: `#!/bin/bash\nset -- "\${@/#kvm/tcg}"\nexec ${QEMU} "\${@/#host/max}"\n` }),
    'qemu',
  );
  chmodSync(qemu, 0o755);
  t.match(judgeProbe(await probe(qemu, kernel ?? '', signal, PATIENCE_MS)), {
    accel: 'kvm',
    reason: /Linux \d+\.\d+\S* spoke after/,
  });
});

t.test("the verdict on this host's KVM is what a guest does that is started by hand", { skip: skipKvm }, async (t) => {
  const choice = await tryKvm(signal, { kernel: kernel ?? '', memory: join(t.testdir({}), 'memory') });
  const byHand = await exec([
    'timeout',
    '10',
    QEMU,
    '-accel',
    'kvm',
    '-cpu',
    'host',
    '-m',
    '512',
    '-nographic',
    '-nodefaults',
    '-no-reboot',
    '-serial',
    'stdio',
    '-kernel',
    kernel ?? '',
    '-append',
    'console=ttyS0 earlyprintk=ttyS0 panic=-1',
  ]);
  t.match(choice, {
    accel: /Linux version/.test(byHand.stdout) ? 'kvm' : 'tcg',
    reason: /^KVM (?:runs|does not run) a kernel: /,
  });
  t.comment(choice?.reason);
});
