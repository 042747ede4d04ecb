/** A writer is interrupted at one instruction after the other, and the reader is woken all the same. */
import { BPF_OUTPUT, readU64, type Guest } from '../scripts/guest/client.ts';
import { guestTest, type Test } from '../scripts/guest/guest-test.ts';
import { COMMIT, DISCARD, openBuffer, woken, type BufferRig } from './lib/buffer.ts';
import { figures } from './lib/figures.ts';

/** Bytes of code. /proc/kallsyms is in the order of the addresses. */
async function sizeOf(guest: Guest, func: string): Promise<number> {
  const script = 'at { print $1; exit } $3 == func { print at = $1 }';
  const { stdout } = await guest.exec(['awk', '-v', `func=${func}`, script, '/proc/kallsyms']);
  const [from, to] = stdout.trim().split('\n');
  return Number(BigInt(`0x${to ?? 0}`) - BigInt(`0x${from ?? 0}`));
}

const WRITERS = ['perf_output_begin_forward_contig', 'perf_output_discard_contig', 'perf_output_end_contig'] as const;

/** Actions of progs/buffer-interrupted.bpf.c besides COMMIT and DISCARD. */
const [OUTPUT, FILL] = [2n, 3n];

/** With KASAN a function is five times as long, and most of it is not the function. */
const stepOf = (guest: Guest): number => (guest.facts.kconfig['CONFIG_KASAN'] === 'y' ? 5 : 1);

interface Walk {
  readonly attr: typeof BPF_OUTPUT;
  /** Of data, if not one. */
  readonly pages?: number;
  readonly action: bigint;
  readonly func: string;
  /** Before a writer is interrupted. */
  readonly prepare?: (rig: BufferRig) => Promise<void>;
  /** Is the reader to be woken after a writer that has been interrupted, or has not? */
  readonly wakes: (interrupted: boolean) => boolean;
}

/** A writer is interrupted at one instruction of a function after the other, and what interrupts it writes a record. */
async function walk(t: Test, guest: Guest, { attr, pages = 1, action, func, prepare, wakes }: Walk): Promise<void> {
  const rig = await openBuffer(guest, 'buffer-interrupted', { attr, pages });
  const nested = async (): Promise<bigint> => readU64(await rig.object.map('.bss').get(0), 8);
  const missed: number[] = [];
  const step = stepOf(guest);
  let [probed, interrupted] = [0, 0n];
  for (let offset = 0, size = await sizeOf(guest, func); offset < size; offset += step) {
    const attached = await rig.object.program('interrupt').tryAttach({ kind: 'kprobe', func, offset });
    if (!attached.ok) continue;
    probed++;
    await prepare?.(rig);
    await rig.fire('write_outer', action);
    const now = await nested();
    if ((await woken(rig)) !== wakes(now > interrupted)) missed.push(offset);
    interrupted = now;
    await rig.ring.readRaw();
    await attached.link.close();
  }
  figures(t, `${probed} instructions, interrupted at ${interrupted}`);
  t.ok(interrupted > (step === 1 ? 10n : 0n), `interrupted at ${interrupted} of ${probed} instructions`);
  t.same(missed, [], 'offsets at which the reader was not told');
}

for (const func of WRITERS) {
  const action = func === 'perf_output_end_contig' ? COMMIT : DISCARD;
  guestTest(
    `D39: at whichever instruction of ${func} a writer is interrupted, what the interrupt writes wakes`,
    { seconds: 60 },
    (t, guest) =>
      walk(t, guest, { attr: BPF_OUTPUT, action, func, wakes: (interrupted) => interrupted || action === COMMIT }),
  );
}

guestTest(
  'D43: at whichever instruction perf_output_begin() is interrupted, what the interrupt writes wakes',
  { seconds: 60 },
  async (t, guest) => {
    let records = 0n;
    await walk(t, guest, {
      attr: { ...BPF_OUTPUT, wakeupEvents: 2 },
      // half of a ring is a watermark in any case: more than is written here
      pages: 32,
      action: OUTPUT,
      func: 'perf_output_begin',
      // the next record wakes, whoever writes it
      prepare: async (rig) => {
        const nested = readU64(await rig.object.map('.bss').get(0), 8);
        if ((records + nested) % 2n === 0n) {
          await rig.fire('write_outer', FILL, 16n);
          records++;
        }
        await rig.ring.readRaw();
        t.equal(await woken(rig), false, 'one record is not enough');
        records++;
      },
      wakes: () => true,
    });
  },
);

for (const func of ['perf_output_begin_forward_contig', 'perf_output_end_contig']) {
  guestTest(
    `D42: at whichever instruction of ${func} a writer is interrupted, the watermark is not lost`,
    { seconds: 60 },
    async (t, guest) => {
      const [watermark, header] = [3072n, 12n];
      let mark = -watermark;
      await walk(t, guest, {
        attr: { ...BPF_OUTPUT, wakeupWatermark: Number(watermark) },
        action: COMMIT,
        func,
        // up to the watermark, so that either writer crosses it
        prepare: async (rig) => {
          mark += watermark;
          const { dataHead } = await rig.ring.control();
          await rig.fire('write_outer', FILL, mark + watermark - dataHead - header);
          await rig.ring.readRaw();
          t.equal(await woken(rig), false, 'not before the watermark');
        },
        wakes: () => true,
      });
    },
  );
}
