/** What a guest gets of the host, and how many may run at a time. */
import { readFileSync } from 'node:fs';
import { architectureOf } from '../lib/architecture.ts';
import { ROOT_NODE } from '../host/arch-root.ts';
import type { BuildRecord } from '../records/build.ts';
import type { BootSpec } from './boot-plan.ts';
import type { Accel } from '../host/accelerator.ts';
import { isDebugKernel, type Kconfig } from '../kernel/facts.ts';

const CPUS = 2;
const MEMORY_MB = 2048;
/** KASAN shadows an eighth of memory and keeps freed objects in quarantine. */
const DEBUG_MEMORY_MB = 4096;
/** For the workbench itself and the tests' processes. */
const HOST_MEMORY_MB = 512;

/**
 * Of what runs at the same time as the guests with the topics, see ExecOptions: three or four sessions. At 5 they took
 * half of the processors together, and the guests ended a minute after them; at 7 forty seconds, at 10 twenty-five, and
 * the whole was quickest. At 19 they starve as soon as the machine has other work.
 */
export const BESIDE_NICE = 10;

type Bootable = Pick<BuildRecord, 'bzImage' | 'vmlinux' | 'config' | 'root'>;

/** What is booted, and on which files. */
export function bootOf({
  bzImage,
  vmlinux,
  config,
  root,
}: Bootable): Pick<BootSpec, 'bzImage' | 'vmlinux' | 'foreign'> {
  return { bzImage, vmlinux, ...(root === undefined ? {} : { foreign: { arch: architectureOf(config).name, root } }) };
}

/** What runs the agent in the guest. */
export function nodeOf({ root }: Bootable): string {
  return root === undefined ? process.execPath : ROOT_NODE;
}

/** The machine that topics get. */
export function machineSpec(build: Bootable, kconfig: Kconfig, accel: Accel, inTurn: boolean): BootSpec {
  return { ...bootOf(build), accel, cpus: CPUS, memoryMb: memoryMb(kconfig), inTurn };
}

function memoryMb(kconfig: Kconfig): number {
  return isDebugKernel(kconfig) ? DEBUG_MEMORY_MB : MEMORY_MB;
}

/** Guests of this kernel that the host has memory for; at least one is tried. */
export function guestsAtOnce(kconfig: Kconfig): number {
  return guestsThatFit(availableMb(readFileSync('/proc/meminfo', 'utf8')), memoryMb(kconfig));
}

/** @param meminfo text of /proc/meminfo @returns MiB that can be had without swapping */
export function availableMb(meminfo: string): number {
  return Math.floor(Number(/^MemAvailable: +(\d+) kB$/m.exec(meminfo)?.[1] ?? 0) / 1024);
}

/** A guest ends up with all of its memory in use: what it frees, its host does not get back. */
export function guestsThatFit(available: number, guestMb: number): number {
  return Math.max(1, Math.floor((available - HOST_MEMORY_MB) / guestMb));
}
