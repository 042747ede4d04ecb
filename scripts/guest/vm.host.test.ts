/** Boots that go wrong, in a real QEMU: no kernel has to be built for them. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { missingNeeds } from '../host/tools.ts';
import { silentLog } from '../lib/log.ts';
import { socketRoot } from '../lib/temporary.ts';
import { HOSTILE, shellHas } from '../testing/hostile.ts';
import { commandOf, eventually } from '../testing/process.ts';
import type { Budgets } from './budgets.ts';
import { writeTinyKernel } from '../testing/tiny-kernel.ts';
import { bootVm, type VmOptions } from './vm.ts';

const missing = missingNeeds('test').map((need) => need.package);
const skip = missing.length > 0 ? `not installed: ${missing.join(', ')}` : false;
const PATIENT: Budgets = { bootMs: 60_000, silenceMs: 60_000, shutdownMs: 1_000, slowness: 1 };
const agent = { node: '/nowhere', main: '/nowhere', libbpf: '/nowhere', nativeLib: '/nowhere' };

/** Other guests run at the same time: those of this test have a directory to themselves. */
const place = mkdtempSync(join(socketRoot(), 'vm-'));
shellHas(t, { TMPDIR: place });
t.teardown(() => rmSync(place, { recursive: true }));

/** Processes that have files of `dir` in their arguments: the guard, vng, QEMU. */
function processesOf(dir: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`${dir}/`);
    } catch {
      return false;
    }
  });
}

/** They are killed, and gone as soon as the kernel has taken them apart. */
async function gone(dir: string): Promise<true> {
  return eventually('their end', () => processesOf(dir).length === 0);
}

interface Boot {
  readonly options: VmOptions;
  readonly console: string;
}

function plan(dir: string, kernel: string, more: Partial<VmOptions> = {}): Boot {
  const console = join(dir, 'console.log');
  const spec = {
    bzImage: join(dir, kernel),
    vmlinux: join(dir, kernel),
    accel: 'tcg' as const,
    cpus: 1,
    memoryMb: 128,
  };
  return {
    console,
    options: {
      spec,
      agent,
      budgets: PATIENT,
      consoleLog: console,
      log: silentLog,
      signal: new AbortController().signal,
      ...more,
    },
  };
}

t.test('a guest that does not boot: why, where, what to type, and nothing is left of it', { skip }, async (t) => {
  const dir = t.testdir({});
  writeTinyKernel(join(dir, 'silent'), 'silent');
  writeTinyKernel(join(dir, 'resets'), 'resets');
  writeFileSync(join(dir, 'empty'), '');
  const rows: readonly { says: string; boot: Boot; message: RegExp }[] = [
    {
      says: 'not a word within the time for silence',
      boot: plan(dir, 'silent', { budgets: { ...PATIENT, silenceMs: 300 } }),
      message: /a silent console for \d+ s while booting/,
    },
    {
      says: 'no agent within the time for booting',
      boot: plan(dir, 'silent', { budgets: { ...PATIENT, bootMs: 4_000 } }),
      message: /no agent after \d+ s/,
    },
    { says: 'a reset before the kernel spoke', boot: plan(dir, 'resets'), message: /QEMU .* while booting/ },
    { says: 'no kernel', boot: plan(dir, 'missing'), message: /QEMU did not start/ },
    {
      says: 'arguments that QEMU refuses',
      boot: plan(dir, 'silent', { spec: { ...plan(dir, 'silent').options.spec, qemuOpts: ['-no-such-option'] } }),
      message: /QEMU did not start/,
    },
  ];
  for (const { says, boot, message } of rows) {
    await t.rejects(
      bootVm(boot.options),
      { code: 'E_BOOT', exitCode: 14, message, position: { file: boot.console }, next: /^less .*console\.log/ },
      says,
    );
    t.ok(await gone(dir), `${says}: no process`);
  }
  t.strictSame(readdirSync(place), [], 'no directory');
});

t.test('what QEMU says of its arguments is in the error', { skip }, async (t) => {
  const dir = t.testdir({});
  writeTinyKernel(join(dir, 'silent'), 'silent');
  const { options } = plan(dir, 'silent');
  await t.rejects(bootVm({ ...options, spec: { ...options.spec, qemuOpts: ['-no-such-option'] } }), {
    code: 'E_BOOT',
    detail: /no-such-option: invalid option/,
  });
});

t.test('an interrupt while it boots ends it at once', { skip }, async (t) => {
  const dir = t.testdir({});
  writeTinyKernel(join(dir, 'silent'), 'silent');
  const abort = new AbortController();
  const { options } = plan(dir, 'silent', { signal: abort.signal });
  const interrupted = t.rejects(bootVm(options), { code: 'E_INTERRUPTED', exitCode: 130 });
  await eventually('they run', () => processesOf(dir).length > 1);
  abort.abort();
  await interrupted;
  t.ok(await gone(dir));
});

t.test("a person's virtme-ng.conf and shell do not change the machine", { skip }, async (t) => {
  const dir = t.testdir({
    home: {
      '.config': {
        'virtme-ng': { 'virtme-ng.conf': '{ "default_opts": { "memory": "77M", "cpus": "3", "verbose": false } }' },
      },
    },
  });
  writeTinyKernel(join(dir, 'silent'), 'silent');
  shellHas(t, { ...HOSTILE, HOME: join(dir, 'home') });
  const abort = new AbortController();
  const booting = bootVm(plan(dir, 'silent', { signal: abort.signal }).options);
  // virtme-ng asks QEMU for its version first
  const qemu = await eventually('a QEMU', () =>
    processesOf(dir)
      .map((pid) => commandOf(Number(pid)))
      .find((text) => /(^|\/)qemu-system\S* (?!--version)/.test(text)),
  );
  abort.abort();
  await t.rejects(booting, { code: 'E_INTERRUPTED' });
  t.match(qemu, / -m 128M .* -smp 1 /);
  t.match(qemu, / debug /, 'the console is kept');
});

t.test('a guest starts whatever TMPDIR is, a row each', { skip }, async (t) => {
  const dir = t.testdir({});
  writeTinyKernel(join(dir, 'silent'), 'silent');
  for (const name of ['l'.repeat(100), 'a blank', 'a,comma', 'missing']) {
    const path = join(place, name);
    if (name !== 'missing') mkdirSync(path);
    shellHas(t, { TMPDIR: path });
    await t.rejects(
      bootVm(plan(dir, 'silent', { budgets: { ...PATIENT, silenceMs: 300 } }).options),
      { message: /a silent console/ },
      name,
    );
    if (name !== 'missing') t.strictSame(readdirSync(path), [], name);
  }
});
