import { held, type Handlers } from './context.ts';
import { errnoOf } from './fds.ts';
import { foreign, foreignBySymbol, lastErrno, textAt, toBigint, toNumber, toPointer } from './koffi.ts';
import type { NativeArg, NativeCall, NativeResult } from './protocol.ts';
import { refuse } from './refuse.ts';

const CAPS: readonly string[] = [
  'chown',
  'dac_override',
  'dac_read_search',
  'fowner',
  'fsetid',
  'kill',
  'setgid',
  'setuid',
  'setpcap',
  'linux_immutable',
  'net_bind_service',
  'net_broadcast',
  'net_admin',
  'net_raw',
  'ipc_lock',
  'ipc_owner',
  'sys_module',
  'sys_rawio',
  'sys_chroot',
  'sys_ptrace',
  'sys_pacct',
  'sys_admin',
  'sys_boot',
  'sys_nice',
  'sys_resource',
  'sys_time',
  'sys_tty_config',
  'mknod',
  'lease',
  'audit_write',
  'audit_control',
  'setfcap',
  'mac_override',
  'mac_admin',
  'syslog',
  'wake_alarm',
  'block_suspend',
  'audit_read',
  'perfmon',
  'bpf',
  'checkpoint_restore',
];

const RETURNS = { int: 'int', i64: 'int64_t', u64: 'uint64_t', void: 'void', str: 'void *' } as const;

function typeOf(arg: NativeArg): string {
  if ('int' in arg || 'fd' in arg) return 'int';
  if ('u64' in arg) return 'uint64_t';
  return 'str' in arg ? 'const char *' : 'void *';
}

function prepare(call: NativeCall): { types: string[]; values: unknown[]; outs: Uint8Array[] } {
  const outs: Uint8Array[] = [];
  const args = call.args ?? [];
  const values = args.map((arg): unknown => {
    if ('int' in arg) return arg.int;
    if ('u64' in arg) return arg.u64;
    if ('str' in arg) return arg.str;
    if ('fd' in arg) return held.get(arg.fd).fd;
    if ('ptr' in arg) return held.get(arg.ptr).pointer;
    const copy = Buffer.from(arg.bytes);
    if (arg.out === true) outs.push(copy);
    return copy;
  });
  return { types: args.map(typeOf), values, outs };
}

function finish(call: NativeCall, value: unknown, errno: number, outs: readonly Uint8Array[]): NativeResult {
  if (call.returns === 'void') return { value: null, errno, outs };
  if (call.returns === 'str') {
    const pointer = toPointer(value);
    return { value: pointer === null ? null : textAt(pointer), errno, outs };
  }
  return { value: toBigint(value), errno, outs };
}

const tasks = new Map<number, Promise<NativeResult>>();

export const nativeOps: Handlers<
  'trigger.syscall' | 'native.call' | 'native.start' | 'native.join' | 'caps.set' | 'affinity.set'
> = {
  'trigger.syscall': ({ nr, args, times, cpu }) => {
    const words = new BigUint64Array(6);
    (args ?? []).forEach((arg, index) => {
      words[index] = BigInt.asUintN(64, arg);
    });
    const out = new BigInt64Array(4);
    const loop = foreign('native', 'int nat_syscall_loop(int64_t nr, void *args, uint64_t times, int cpu, void *out)');
    if (toNumber(loop(nr, words, BigInt(times ?? 1), cpu ?? -1, out)) !== 0)
      throw new Error(`cannot run on cpu ${cpu}: errno ${lastErrno()}`);
    return { value: out[0] ?? 0n, errno: Number(out[1]), tid: Number(out[2]), elapsedNs: out[3] ?? 0n };
  },
  'native.call': (call) => {
    const { types, values, outs } = prepare(call);
    const value = foreignBySymbol(call.lib, call.symbol, RETURNS[call.returns ?? 'int'], types).call(...values);
    return finish(call, value, lastErrno(), outs);
  },
  'native.start': (call) => {
    const { types, values, outs } = prepare(call);
    const found = foreignBySymbol(call.lib, call.symbol, RETURNS[call.returns ?? 'int'], types);
    const done = new Promise<NativeResult>((resolve, reject) => {
      found.async(...values, (error: unknown, value: unknown) => {
        if (error === null || error === undefined) resolve(finish(call, value, 0, outs));
        else reject(error instanceof Error ? error : new Error(String(error)));
      });
    });
    done.catch(() => undefined);
    // A thread cannot be taken back: the scope's end waits for it, and the test's budget for both.
    const task = held.add('task', {}, async () => {
      tasks.delete(task);
      await done;
      return 0;
    });
    tasks.set(task, done);
    return { task };
  },
  'native.join': async ({ task }) => {
    const done = tasks.get(held.get(task, 'task') && task);
    if (done === undefined) throw new Error(`task ${task} was joined already`);
    const result = await done;
    await held.release(task);
    return result;
  },
  'caps.set': ({ effective }) => {
    let mask = 0n;
    for (const name of effective ?? []) {
      const bit = CAPS.indexOf(name.toLowerCase().replace(/^cap_/, ''));
      if (bit < 0) throw new Error(`no capability ${name}`);
      mask |= 1n << BigInt(bit);
    }
    const errno = errnoOf(
      foreign('native', 'int nat_caps_set(uint64_t effective, int all)')(mask, effective === null ? 1 : 0),
    );
    return errno === 0 ? { ok: true } : refuse(errno, 'capset');
  },
  'affinity.set': ({ cpu }) => {
    const errno = errnoOf(
      cpu === null ? foreign('native', 'int nat_unpin()')() : foreign('native', 'int nat_pin(int cpu)')(cpu),
    );
    return errno === 0 ? { ok: true } : refuse(errno, 'sched_setaffinity');
  },
};
