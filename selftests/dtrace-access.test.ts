/** What a program may touch of its context: each offset and size is tried, and everything but reading is refused. */
import { guestTest } from '../scripts/guest/guest-test.ts';
import type { Guest } from '../scripts/guest/client.ts';
import { decodeLayout, fieldNamed, loadAllowed, SIZES, unlisted, type Layout, type Size } from './tables/access.ts';
import { u32 } from '../scripts/guest/bytes.ts';
import { bpfProgram, insn } from './tables/raw-program.ts';
import { REGISTER_FILE } from './tables/registers.ts';

/** Opcodes of BPF_LDX, BPF_ST and BPF_STX with BPF_MEM, by size; and of an atomic addition. */
const LDX: Record<Size, number> = { 1: 0x71, 2: 0x69, 4: 0x61, 8: 0x79 };
const ST: Record<Size, number> = { 1: 0x72, 2: 0x6a, 4: 0x62, 8: 0x7a };
const STX: Record<Size, number> = { 1: 0x73, 2: 0x6b, 4: 0x63, 8: 0x7b };
const ATOMIC: Partial<Record<Size, number>> = { 4: 0xc3, 8: 0xdb };

/** The rest returns 0; R2 = 0 for the stores. */
function program(...first: readonly Uint8Array[]): Parameters<Guest['tryLoadRaw']>[0] {
  return { type: 'dtrace', insns: Buffer.concat([insn(0xb7, 2, 0, 0, 0), ...first, bpfProgram('dtrace').insns]) };
}

async function layoutOf(guest: Guest): Promise<Layout> {
  const object = await guest.load('dtrace-access', { only: ['touch_layout'] });
  return decodeLayout(await object.map('.rodata.layout').get(0));
}

const invalid = (offset: number, size: number): string => `invalid bpf_context access off=${offset} size=${size}`;

guestTest('every load of every size at every offset', { seconds: 40 }, async (t, guest) => {
  const layout = await layoutOf(guest);
  let accepted = 0;
  for (const size of SIZES) {
    const offsets = Array.from({ length: layout.size + 16 }, (_, index) => index - 8).filter(
      (offset) => !unlisted(layout, offset),
    );
    const outcomes = await Promise.all(
      offsets.map((offset) => guest.tryLoadRaw(program(insn(LDX[size], 0, 1, offset, 0)))),
    );
    const wrong = offsets.flatMap((offset, index) => {
      const outcome = outcomes[index];
      if (outcome === undefined) return [`${offset}: not tried`];
      if (outcome.ok) accepted++;
      if (outcome.ok !== loadAllowed(layout, offset, size))
        return [`${size} bytes at ${offset}: ${outcome.ok ? 'accepted' : outcome.log}`];
      return outcome.ok || (outcome.code === 'EACCES' && outcome.log.includes(invalid(offset, size)))
        ? []
        : [`${size} bytes at ${offset}: ${outcome.code} ${outcome.log}`];
    });
    t.same(wrong, [], `${offsets.length} loads of ${size} bytes`);
  }
  t.ok(accepted > 100, `${accepted} of them accepted`);
});

guestTest('D47: regs ends where the registers do', async (t, guest) => {
  const { offset } = fieldNamed(await layoutOf(guest), 'regs');
  const end = 8 * REGISTER_FILE.names.length;
  const load = (at: number): ReturnType<Guest['tryLoadRaw']> =>
    guest.tryLoadRaw(program(insn(LDX[8], 2, 1, offset, 0), insn(LDX[8], 0, 2, at, 0)));
  const last = await load(end - 8);
  t.equal(last.ok ? 'accepted' : last.log, 'accepted');
  const log = new RegExp(`invalid access to memory, mem_size=${end} off=${end} size=8`);
  t.match(await load(end), { ok: false, code: 'EACCES', log });
});

guestTest('no store of any kind', async (t, guest) => {
  const layout = await layoutOf(guest);
  for (const { offset, size } of layout.fields) {
    const width = size as Size;
    const stores = [insn(ST[width], 1, 0, offset, 0), insn(STX[width], 1, 2, offset, 0)];
    for (const store of stores) {
      t.match(
        await guest.tryLoadRaw(program(store)),
        { ok: false, code: 'EACCES', log: new RegExp(invalid(offset, size)) },
        `${size} bytes at ${offset}`,
      );
    }
    const atomic = await guest.tryLoadRaw(program(insn(ATOMIC[width] ?? 0, 1, 2, offset, 0)));
    t.match(
      atomic,
      { ok: false, code: 'EACCES', log: /BPF_ATOMIC stores into R1 ctx is not allowed/ },
      `atomic addition at ${offset}`,
    );
  }
});

for (const [name, log] of [
  ['write_to_task', /only read is supported/],
  ['follow_argument', /R\d invalid mem access 'scalar'/],
  ['variable_offset', /dereference of modified ctx ptr|variable ctx access var_off=\(0x0; 0x4\) disallowed/],
] as const) {
  guestTest(`${name.replaceAll('_', ' ')} is refused`, async (t, guest) => {
    t.match(await guest.tryLoad('dtrace-access', { only: [name] }), { ok: false, code: 'EACCES', program: name, log });
  });
}

const PSEUDO_MAP_VALUE = 2;

/** Behind `insns` comes a jump by R4 and a table whose entry 0 leads to `target`. */
async function loadWithJump(
  guest: Guest,
  insns: readonly Uint8Array[],
  target: number,
): ReturnType<Guest['tryLoadRaw']> {
  const table = await guest.createMap({ type: 'insn_array', keySize: 4, valueSize: 16, maxEntries: 1 });
  await table.update(0, Buffer.concat([u32(target), new Uint8Array(12)]));
  await table.freeze();
  const jump = [
    insn(0x18, 4, PSEUDO_MAP_VALUE, 0, table.fd), // r4 = table
    insn(0, 0, 0, 0, 0),
    insn(LDX[8], 4, 4, 0, 0), // r4 = *(u64 *)(r4 + 0)
    insn(0x0d, 4, 0, 0, 0), // gotox r4
    insn(0x95, 0, 0, 0, 0), // exit
  ];
  return guest.tryLoadRaw({ type: 'dtrace', insns: Buffer.concat([...insns, ...jump]) });
}

/** Entry 0 of the table leads to `target`. The second time the program comes to instruction 2 it ends: fp-8 is 1. */
async function jumpsTo(
  guest: Guest,
  target: number,
  field: { readonly offset: number; readonly size: Size },
): ReturnType<Guest['tryLoadRaw']> {
  const insns = [
    insn(0xb7, 0, 0, 0, 0), // r0 = 0
    insn(LDX[8], 3, 10, -8, 0), // r3 = *(u64 *)(r10 - 8)
    insn(0x15, 3, 0, 8, 1), // if r3 == 1 goto exit
    insn(LDX[field.size], 3, 1, field.offset, 0), // r3 = ctx->field
    insn(ST[8], 10, 0, -8, 1), // *(u64 *)(r10 - 8) = 1
    insn(0x18, 1, 0, 0, 0), // r1 = 0 ll
    insn(0, 0, 0, 0, 0),
  ];
  return loadWithJump(guest, insns, target);
}

/** A loop that may_goto ends. Entry 0 of the table leads from its end to `target`. */
async function loopsTo(guest: Guest, target: number): ReturnType<Guest['tryLoadRaw']> {
  const insns = [
    insn(0xb7, 0, 0, 0, 0), // r0 = 0
    insn(0xe5, 0, 0, 4, 0), // may_goto exit
  ];
  return loadWithJump(guest, insns, target);
}

guestTest(
  'D40: no jump table leads to the first instruction of a program that gets a prologue [jit]',
  { needs: (guest) => ('insn_array' in guest.facts.hello.mapTypes ? null : 'a kernel without jump tables') },
  async (t, guest) => {
    await guest.sysctl('net.core.bpf_jit_enable', 1);
    const { fields } = await layoutOf(guest);
    const [ecb] = fields;
    const argv = fields.find(({ offset }) => offset === 64);
    if (ecb === undefined || argv === undefined) throw new Error('the context has lost a member');
    const PROLOGUE = /^gotox to the first insn, which has a prologue$/m;
    t.match(await jumpsTo(guest, 0, { offset: argv.offset, size: 8 }), { ok: false, code: 'EINVAL', log: PROLOGUE });
    for (const [target, field, what] of [
      [1, { offset: argv.offset, size: 8 }, 'the second instruction'],
      [0, { offset: ecb.offset, size: 4 }, 'the first, without a prologue'],
    ] as const) {
      const outcome = await jumpsTo(guest, target, field);
      t.equal(outcome.ok ? 'accepted' : outcome.log, 'accepted', what);
    }
    // in front of the first instruction its counter is set
    t.match(await loopsTo(guest, 0), { ok: false, code: 'EINVAL', log: PROLOGUE }, 'may_goto');
    const inside = await loopsTo(guest, 1);
    t.equal(inside.ok ? 'accepted' : inside.log, 'accepted', 'a loop behind it');
  },
);
