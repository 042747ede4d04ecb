/**
 * The defects of the first posting, by the names the cover letter uses. Each test fails on a kernel that has the
 * defect; topics with the subject's name go deeper.
 */
import { guestTest, guestTestBothModes } from '../scripts/guest/guest-test.ts';
import {
  readU32,
  readU64,
  SYSCALLS,
  u32,
  u64,
  syscallFunction,
  type Guest,
  type LoadedObject,
} from '../scripts/guest/client.ts';
import { bpfProgram } from './tables/raw-program.ts';
import { decodeSeen, PROBE_KIND } from './tables/dtrace-context.ts';
import { REGISTER_FILE } from './tables/registers.ts';
import { rawTracepointArgs, RETURN, TAIL_CALL_LIMIT } from './tables/tail-call-values.ts';

interface Seen {
  readonly error: bigint;
  readonly ecbId: number;
  readonly probeId: number;
  readonly kind: number;
  readonly tid: number;
  readonly argv0: bigint;
  readonly ip: bigint;
  readonly fired: bigint;
}

async function read(object: LoadedObject): Promise<Seen> {
  const bytes = await object.map('.bss').get(0);
  return {
    error: BigInt.asIntN(64, readU64(bytes)),
    ecbId: readU32(bytes, 8),
    probeId: readU32(bytes, 12),
    kind: readU32(bytes, 16),
    tid: readU32(bytes, 20),
    argv0: readU64(bytes, 24),
    ip: readU64(bytes, 32),
    fired: readU64(bytes, 40),
  };
}

async function load(guest: Guest): Promise<LoadedObject> {
  const object = await guest.load('defects');
  await object.map('progs').put(0, object.program('callee'));
  await object.map('progs').put(1, object.program('to_itself'));
  return object;
}

guestTestBothModes(
  'D1: with the JIT, too, the callee gets a converted context and not pt_regs',
  {},
  async (t, guest) => {
    const object = await load(guest);
    await object.map('ecb_array').update(1, u32(0x1d, 0x2d));
    await object.attach('from_kprobe');
    const { tid } = await guest.syscall({ nr: SYSCALLS.getpgid, args: [0n], cpu: 1 });
    const seen = await read(object);
    t.match(
      seen,
      { fired: 1n, error: 0n, ecbId: 0x1d, probeId: 0x2d, kind: PROBE_KIND.kprobe, tid },
      'fields of a DTRACE context, which no pt_regs has',
    );
    t.ok(
      seen.argv0 > REGISTER_FILE.kernel,
      "the argument of the system call's function is a pointer to the registers of user space",
    );
    t.ok(seen.ip > REGISTER_FILE.kernelText, "the probe is in the kernel's text");
  },
);

guestTestBothModes(
  'D2: DTRACE programs tail-call DTRACE programs, and nothing is converted twice',
  {},
  async (t, guest) => {
    const object = await load(guest);
    t.equal((await object.program('from_raw_tp').testRun({ ctxIn: rawTracepointArgs(1) })).retval, RETURN.loop);
    t.equal(
      (await read(object)).fired,
      BigInt(1 + TAIL_CALL_LIMIT),
      'the one across, and each one behind it until the limit',
    );
  },
);

guestTestBothModes('D3: what is in the map is never taken for a pointer', {}, async (t, guest) => {
  const object = await load(guest);
  for (const value of [0xffff_ffff_8100_0000n, 0xffff_8880_0000_1000n, 0xdead_4ead_dead_beefn, 1n, 0n]) {
    for (const cpu of [0, 1]) await object.map('ecb_array').update(cpu, u64(value));
    await object.program('from_raw_tp').testRun({ ctxIn: rawTracepointArgs(0) });
    t.match(
      await read(object),
      { error: 0n, ecbId: Number(value & 0xffff_ffffn), probeId: Number(value >> 32n) },
      `0x${value.toString(16)}`,
    );
  }
});

for (const [program, log] of [
  ['finalize_hash', /^cannot pass map_type \d+ into func (?:bpf_)?finalize_context#\d+$/m],
  ['finalize_percpu_hash', /^cannot pass map_type \d+ into func (?:bpf_)?finalize_context#\d+$/m],
  ['finalize_queue', /^cannot pass map_type \d+ into func (?:bpf_)?finalize_context#\d+$/m],
  ['finalize_prog_array', /^cannot pass map_type \d+ into func (?:bpf_)?finalize_context#\d+$/m],
  ['finalize_larger', /^map 'ecb_larger' does not hold what (?:bpf_)?finalize_context of BPF_PROG_TYPE_DTRACE reads$/m],
  [
    'finalize_smaller',
    /^map 'ecb_smaller' does not hold what (?:bpf_)?finalize_context of BPF_PROG_TYPE_DTRACE reads$/m,
  ],
  ['finalize_in_kprobe', /(unknown func|program of this type cannot use helper) (?:bpf_)?finalize_context#\d+/],
] as const) {
  guestTest(`D3: ${program.replaceAll('_', ' ')} is refused when it is loaded`, async (t, guest) => {
    t.match(await guest.tryLoad('defects', { only: [program] }), { ok: false, code: 'EINVAL', program, log });
  });
}

for (const [program, log] of [
  // no tracing program may have one anyway
  ['finalize_spin_lock', /^tracing progs cannot use bpf_spin_lock yet$/m],
  ['finalize_kptr', /^map 'ecb_pointing' does not hold what (?:bpf_)?finalize_context of BPF_PROG_TYPE_DTRACE reads$/m],
  [
    'finalize_write_only',
    /^map 'ecb_writeonly' does not hold what (?:bpf_)?finalize_context of BPF_PROG_TYPE_DTRACE reads$/m,
  ],
] as const) {
  guestTest(`D28: ${program.replaceAll('_', ' ')} is refused when it is loaded`, async (t, guest) => {
    t.match(await guest.tryLoad('defects', { only: [program] }), { ok: false, code: 'EINVAL', program, log });
  });
}

guestTestBothModes('D3b: ids are 0 in the next firing, whatever the last one found', {}, async (t, guest) => {
  const object = await guest.load('finalize-context');
  await object.map('progs').put(0, object.program('finalize_percpu'));
  await object.map('progs').put(1, object.program('no_finalize'));
  for (const cpu of [0, 1]) {
    const fire = (slot: number): Promise<unknown> =>
      object.program('leave_in_percpu').testRun({ ctxIn: rawTracepointArgs(0xaaaa, 0xbbbb, slot), flags: 1, cpu });
    await fire(0);
    t.equal(readU32(await object.map('.bss').get(0), 8), 0xaaaa, 'the first firing has ids');
    await fire(1);
    const bytes = await object.map('.bss').get(0);
    t.same(
      [0, 4, 8, 12].map((at) => readU32(bytes, at)),
      [0, 0, 0, 0],
      'the second has none',
    );
  }
});

guestTestBothModes(
  'D22: a caller loaded before anything is in the array does not lock DTRACE programs out',
  {},
  async (t, guest) => {
    const array = await guest.createMap({
      type: 'prog_array',
      keySize: 4,
      valueSize: 4,
      maxEntries: 2,
      mapExtra: BigInt(guest.progType('dtrace')),
    });
    const caller = await guest.loadRaw(bpfProgram('kprobe', array));
    t.match(
      await array.tryPut(0, await guest.loadRaw(bpfProgram('dtrace'))),
      { ok: true },
      'the callee goes in after its caller',
    );
    t.match(
      await array.tryPut(1, caller),
      { ok: false, code: 'EINVAL' },
      "and the array has not become the caller's type",
    );
  },
);

guestTestBothModes('D23: ids are those the header promises, and the task is no number', {}, async (t, guest) => {
  const object = await guest.load('dtrace-context', { only: ['snapshot', 'from_kprobe_anywhere'] });
  await object.map('progs').put(0, object.program('snapshot'));
  await object.attach('from_kprobe_anywhere', { kind: 'kprobe', func: syscallFunction('getpgid') });
  const ran = await guest.exec([
    guest.facts.workload,
    'as',
    '--userns',
    '--ids',
    '1,2,3,4,5,6,7,8',
    String(SYSCALLS.getpgid),
    '0',
  ]);
  t.match(ran, { exitCode: 0 }, ran.stderr);
  const seen = decodeSeen(await object.map('.data.seen').get(0));
  t.match(
    seen,
    { uid: 100_001, euid: 100_002, gid: 100_005, egid: 100_006 },
    'real and effective ids in the first user namespace',
  );
  t.match(seen, { task_pid: seen.tid, task_tgid: seen.pid }, 'the task is read through its type');
  // The programs here include <linux/dtrace.h> before any header that has u32 or u64: that they compile is the rest of
  // the proof.
});
