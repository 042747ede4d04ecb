/**
 * The guest reads over 9p with a cache that never asks again (cache=loose): what it reads is proven to be what the host
 * wrote, before a test relies on it.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execError, exec } from '../lib/exec.ts';
import type { AgentFiles } from './boot-plan.ts';
import type { Transport } from './transport.ts';

/** Everything of ours that runs in every guest: the agent's modules, libbpf, and the native code. */
export function filesOf({ main, libbpf, nativeLib }: AgentFiles): string[] {
  const modules = readdirSync(dirname(main))
    .filter((name) => name.endsWith('.js'))
    .map((name) => join(dirname(main), name));
  return [...modules, libbpf, nativeLib, join(dirname(nativeLib), 'workload')];
}

/** Not written by us; the guest's own, or the distribution's. */
const SYSTEM = /^\/(?:usr|bin|sbin|lib\w*|etc|proc|sys|dev|run)(?:\/|$)/;

/**
 * Files of the host that a command in the guest names: its program, what it is told to load, one by one or a directory
 * of objects, also inside of a script. What is not on the host is the guest's own.
 */
export function filesNamedBy(words: readonly string[]): string[] {
  const paths = new Set(words.flatMap((word) => [word, ...word.split(/[\s;'"]+/)]));
  return [...paths]
    .filter((path) => path.startsWith('/') && !SYSTEM.test(path))
    .flatMap((path) => {
      const found = statSync(path, { throwIfNoEntry: false });
      if (found?.isFile() === true) return [path];
      if (found?.isDirectory() !== true) return [];
      return readdirSync(path)
        .filter((name) => name.endsWith('.bpf.o'))
        .map((name) => join(path, name));
    });
}

/** What is wrong with one file as the guest reads it; undefined when it is the host's, byte for byte. */
export async function differenceIn(guest: Transport, path: string): Promise<string | undefined> {
  const here = createHash('sha256').update(readFileSync(path)).digest('hex');
  const { sha256, error } = await guest.call('file.digest', { path });
  if (sha256 === here) return undefined;
  return `the guest reads another ${path} than the host wrote: ${error ?? `sha256 ${sha256}, on the host ${here}`}`;
}

export async function firstDifference(guest: Transport, paths: readonly string[]): Promise<string | undefined> {
  return (await Promise.all(paths.map((path) => differenceIn(guest, path)))).find(
    (difference) => difference !== undefined,
  );
}

const NOTES = '/sys/kernel/notes';

/**
 * What is wrong with the kernel that runs; undefined when its build id is that of the one that was linked. An image may
 * be of another kernel than the files next to it.
 * @param vmlinux path of the linked kernel
 * @throws WorkbenchError if that has no build id
 */
export async function otherKernel(guest: Transport, vmlinux: string): Promise<string | undefined> {
  const notes = await exec(['readelf', '--notes', '--wide', vmlinux]);
  const [, linked] = /\bBuild ID: ([0-9a-f]{16,})$/m.exec(notes.stdout) ?? [];
  if (notes.failed || linked === undefined) throw execError(notes);
  const read = await guest.call('file.read', { path: NOTES });
  if (!read.ok) return `the guest cannot read ${NOTES}: ${read.message}`;
  if (Buffer.from(read.data).toString('hex').includes(linked)) return undefined;
  const remedy = `remove ${dirname(vmlinux)} and build again`;
  return `the guest runs another kernel than ${vmlinux}, whose build id is ${linked}: ${remedy}`;
}
