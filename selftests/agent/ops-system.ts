import { createHash } from 'node:crypto';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  appendFileSync,
  openSync,
  readSync,
  closeSync,
  existsSync,
} from 'node:fs';
import { release as kernelRelease, cpus } from 'node:os';
import { held, type Handlers } from './context.ts';
import { foreign, textAt, toBigint, toNumber, toPointer } from './koffi.ts';
import { nameTables } from './names.ts';
import type { Outcome } from './protocol.ts';
import { refuse } from './refuse.ts';

const KMSG_INFO = '<6>';
const KMEMLEAK = '/sys/kernel/debug/kmemleak';
/** kmemleak reports nothing younger than 5 s (MSECS_MIN_AGE). */
const KMEMLEAK_AGE_MS = 5_500;

/**
 * A line of the kernel log that the host's console watcher knows. Without its newline the kernel would keep it back,
 * for a continuation.
 */
export function kernelLog(text: string): void {
  writeFileSync('/dev/kmsg', `${KMSG_INFO}dtrace-selftest: ${text}\n`);
}

function attempt<T extends object>(what: string, action: () => T): Outcome<T> {
  try {
    return { ok: true, ...action() };
  } catch (error: unknown) {
    const errno = error instanceof Error && 'errno' in error ? Math.abs(Number(error.errno)) : 0;
    if (errno === 0) throw error;
    return refuse(errno, `${what}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Files of /proc and /sys say size 0 and may be endless (trace_pipe), so the limit is ours. */
function readUpTo(path: string, limit: number): Uint8Array {
  const fd = openSync(path, 'r');
  try {
    const parts: Buffer[] = [];
    let total = 0;
    while (total < limit) {
      const part = Buffer.alloc(Math.min(65_536, limit - total));
      const n = readSync(fd, part);
      if (n === 0) break;
      parts.push(part.subarray(0, n));
      total += n;
    }
    return Buffer.concat(parts);
  } finally {
    closeSync(fd);
  }
}

function age(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, KMEMLEAK_AGE_MS));
}

function scan(): string {
  writeFileSync(KMEMLEAK, 'scan');
  return readFileSync(KMEMLEAK, 'utf8');
}

const READ_LIMIT_BYTES = 16 * 1024 * 1024;

export const systemOps: Handlers<
  | 'agent.hello'
  | 'agent.ping'
  | 'scope.begin'
  | 'scope.end'
  | 'release'
  | 'kernel.mark'
  | 'file.digest'
  | 'file.read'
  | 'file.write'
  | 'file.remove'
  | 'file.mkdir'
  | 'file.list'
  | 'kmemleak.scan'
> = {
  'agent.hello': () => {
    const { prog, map, attach } = nameTables();
    const version = toPointer(foreign('bpf', 'void *libbpf_version_string()')());
    return {
      release: kernelRelease(),
      cpus: cpus().length,
      possibleCpus: toNumber(foreign('bpf', 'int libbpf_num_possible_cpus()')()),
      agentPid: process.pid,
      libbpf: version === null ? '' : textAt(version),
      progTypes: prog,
      mapTypes: map,
      attachTypes: attach,
    };
  },
  'agent.ping': () => ({ now: toBigint(process.hrtime.bigint()) }),
  'scope.begin': ({ mark }) => {
    kernelLog(`begin ${mark}`);
    held.begin(mark);
    return {};
  },
  'scope.end': async ({ mark }) => {
    const ended = await held.end(mark);
    kernelLog(`end ${mark}`);
    return ended;
  },
  release: async ({ handle }) => ({ errno: await held.release(handle) }),
  'kernel.mark': ({ text }) => {
    kernelLog(text);
    return {};
  },
  'file.digest': ({ path }) => {
    try {
      return { sha256: createHash('sha256').update(readFileSync(path)).digest('hex') };
    } catch (error: unknown) {
      return { sha256: '', error: error instanceof Error ? error.message : String(error) };
    }
  },
  'file.read': ({ path, maxBytes }) => attempt('read', () => ({ data: readUpTo(path, maxBytes ?? READ_LIMIT_BYTES) })),
  'file.write': ({ path, data, append, restore }) =>
    attempt('write', () => {
      const before = restore === true ? readFileSync(path) : null;
      if (append === true) appendFileSync(path, data);
      else writeFileSync(path, data);
      if (before !== null) {
        held.add('restore', {}, () => {
          if (!readFileSync(path).equals(before)) writeFileSync(path, before);
          return 0;
        });
      }
      return {};
    }),
  'file.remove': ({ path }) =>
    attempt('remove', () => {
      rmSync(path, { recursive: true });
      return {};
    }),
  'file.mkdir': ({ path }) =>
    attempt('mkdir', () => {
      mkdirSync(path, { recursive: true });
      return {};
    }),
  'file.list': ({ path }) => attempt('list', () => ({ names: readdirSync(path) })),
  'kmemleak.scan': async ({ settle }) => {
    if (!existsSync(KMEMLEAK)) return { available: false, report: '' };
    if (settle) await age();
    let report = scan();
    if (report !== '') {
      // a pointer on its way between two places is missed by one scan, hardly by two
      await age();
      report = scan();
      writeFileSync(KMEMLEAK, 'clear');
    }
    return { available: true, report };
  },
};
