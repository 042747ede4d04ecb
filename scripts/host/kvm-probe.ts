/** Whether KVM runs a kernel: one is booted, and must speak. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec, execError } from '../lib/exec.ts';
import { follow } from '../lib/follow.ts';
import type { AccelChoice } from './accelerator.ts';

/** Of processor time: a kernel that runs speaks within one second. */
const PROBE_MS = 5_000;
const MEMORY_MB = 256;
/** The kernel's own line, with its stamp: a boot menu and a command line can have the words, too. */
const FIRST_WORDS = /^\[ *0\.000000\](?:\[ *T0\])? Linux version (\d\S*)/m;
/** Much more than a kernel says until then: a QEMU that never stops must not fill the disk. */
const MOST_BYTES = 4 << 20;
/** Of a QEMU that did not get as far as the kernel. */
const NEVER_BEGAN = /could not (?:open|load) (?:the )?kernel|invalid kernel header|failed to execute .*: No such file/i;

/** Boots a kernel without a root file system, with the processor that topics get, until it speaks. */
export async function probe(
  qemu: string,
  kernel: string,
  signal: AbortSignal,
  probeMs = PROBE_MS,
): Promise<ProbeOutcome> {
  const dir = mkdtempSync(join(tmpdir(), 'dtrace-kvm-'));
  const log = join(dir, 'console');
  const spoke = new AbortController();
  try {
    const result = await follow(
      log,
      (line) => {
        if (FIRST_WORDS.test(line)) spoke.abort();
      },
      exec(
        [
          'prlimit',
          `--fsize=${MOST_BYTES}`,
          qemu,
          '-accel',
          'kvm',
          '-cpu',
          'host',
          '-m',
          String(MEMORY_MB),
          '-display',
          'none',
          '-nodefaults',
          '-no-reboot',
          '-serial',
          'stdio',
          '-kernel',
          kernel,
          '-append',
          'console=ttyS0 earlyprintk=serial,ttyS0,115200 printk.time=1 panic=-1',
        ],
        { log, timeoutMs: probeMs, graceMs: 200, signal: AbortSignal.any([signal, spoke.signal]) },
      ),
    );
    if (signal.aborted) throw execError(result);
    return {
      words: readFileSync(log, 'latin1'),
      exitCode: result.exitCode,
      timedOut: result.timedOut,
      ms: result.durationMs,
    };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

export interface ProbeOutcome {
  /** The console's, and what QEMU says itself. */
  readonly words: string;
  readonly exitCode: number | null;
  readonly timedOut: boolean;
  readonly ms: number;
}

/** Firmware is no proof, nor is what unpacks a kernel; undefined when no kernel was tried. Pure. */
export function judgeProbe({ words, exitCode, timedOut, ms }: ProbeOutcome): AccelChoice | undefined {
  const seconds = `${(ms / 1000).toFixed(1)} s`;
  const version = FIRST_WORDS.exec(words)?.[1];
  if (version !== undefined)
    return { accel: 'kvm', reason: `KVM runs a kernel: Linux ${version} spoke after ${seconds}` };
  if (NEVER_BEGAN.test(words)) return undefined;
  // escapes that firmware clears the screen with
  const lines = words
    .split(/[\r\n]/)
    .map((line) => line.replace(/\x1b\[[\d;=?]*[A-Za-z]|\x1bc/g, '').trim())
    .filter((line) => line !== '');
  const complaint = lines
    .filter((line) => !/: warning: /.test(line))
    .find((line) => /^qemu-system-|KVM/.test(line))
    ?.replace(/^qemu-system-\S+: /, '');
  const last = lines.at(-1);
  const heard = complaint ?? (last === undefined ? 'not a word' : `its last words were "${last}"`);
  const end = timedOut ? `nothing from a kernel in ${seconds}` : `QEMU ended with ${exitCode ?? 'a signal'}`;
  return { accel: 'tcg', reason: `KVM does not run a kernel: ${end}, ${heard}` };
}
