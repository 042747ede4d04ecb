/** What a program may touch of its context: each offset and size is tried, and everything but reading is refused. */
import { guestTest } from '../scripts/guest/guest-test.ts';
import type { Guest } from '../scripts/guest/client.ts';
import { decodeLayout, loadAllowed, SIZES, unlisted, type Layout, type Size } from './tables/access.ts';
import { bpfProgram, insn } from './tables/raw-program.ts';

/** Opcodes of BPF_LDX, BPF_ST and BPF_STX with BPF_MEM, by size; and of an atomic addition. */
const LDX: Record<Size, number> = { 1: 0x71, 2: 0x69, 4: 0x61, 8: 0x79 };
const ST: Record<Size, number> = { 1: 0x72, 2: 0x6a, 4: 0x62, 8: 0x7a };
const STX: Record<Size, number> = { 1: 0x73, 2: 0x6b, 4: 0x63, 8: 0x7b };
const ATOMIC: Partial<Record<Size, number>> = { 4: 0xc3, 8: 0xdb };

/** The rest returns 0; R2 = 0 for the stores. */
function program(first: Uint8Array): Parameters<Guest['tryLoadRaw']>[0] {
  return { type: 'dtrace', insns: Buffer.concat([insn(0xb7, 2, 0, 0, 0), first, bpfProgram('dtrace').insns]) };
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
