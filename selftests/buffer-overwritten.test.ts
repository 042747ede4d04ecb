/**
 * D33: the part of a record that a helper is given is overwritten while it is at work, behind one access to it after
 * the other. With KASAN an access that is led out of bounds by that is a splat.
 */
import { BPF_OUTPUT, rawData, readU64, watchpoint, type Guest, type PerfRing } from '../scripts/guest/client.ts';
import { guestTest, type Test } from '../scripts/guest/guest-test.ts';
import { openBuffer, type BufferRig } from './lib/buffer.ts';
import { figures } from './lib/figures.ts';

interface Row {
  readonly what: string;
  /** Position in the array of progs/buffer-overwritten.bpf.c. */
  readonly slot: bigint;
  /** Does the helper read the record, copy it byte by byte to elsewhere, or write it? */
  readonly does: 'reads' | 'copies' | 'writes';
}

const ROWS: readonly Row[] = [
  { what: 'the arguments of bpf_snprintf', slot: 0n, does: 'reads' },
  { what: 'the text of bpf_snprintf', slot: 1n, does: 'writes' },
  { what: 'the pointer of bpf_snprintf_btf', slot: 2n, does: 'reads' },
  { what: 'the text of bpf_snprintf_btf', slot: 11n, does: 'writes' },
  { what: 'the text of bpf_strtol', slot: 3n, does: 'reads' },
  { what: 'the text of bpf_strncmp', slot: 4n, does: 'reads' },
  { what: 'the data of bpf_perf_event_output', slot: 5n, does: 'copies' },
  { what: 'the value of bpf_map_update_elem', slot: 6n, does: 'copies' },
  { what: 'the value of bpf_map_push_elem', slot: 7n, does: 'copies' },
  { what: 'the text of bpf_probe_read_kernel_str', slot: 8n, does: 'writes' },
  { what: 'the name of bpf_get_current_comm', slot: 10n, does: 'writes' },
  { what: 'the build ids of bpf_get_stack', slot: 9n, does: 'writes' },
];

const GIVEN_BYTES = 64;
/** In front of a record's data. */
const RECORD_HEADER = 12n;
const RING_BYTES = 4096n;
/** The data begins four bytes off a multiple of eight, and what is watched is aligned: half of each eight bytes. */
const [WATCHED_BYTES, STRIDE_BYTES] = [4, 8];
/** More accesses to as many bytes are a loop over them. */
const ACCESSES = 4;
/** Longer than any number, shorter than any text, and a digit. */
const PATTERNS = [0xff, 0, 0x39] as const;

interface Seen {
  readonly overwritten: bigint;
  readonly address: bigint;
  readonly result: bigint;
  readonly before: Buffer;
  readonly after: Buffer;
  /** What the helper made of it, or came to; nothing is written to either side of it. */
  readonly out: Buffer;
  readonly beside: Buffer;
}

class Walk {
  readonly rig: BufferRig;
  readonly row: Row;
  readonly #page: bigint;
  readonly #other: PerfRing;
  #data = 0n;

  constructor(rig: BufferRig, row: Row, page: bigint, other: PerfRing) {
    this.rig = rig;
    this.row = row;
    this.#page = page;
    this.#other = other;
  }

  static async open(guest: Guest, row: Row): Promise<Walk> {
    const rig = await openBuffer(guest, 'buffer-overwritten');
    const event = await guest.perfEvent(BPF_OUTPUT);
    await rig.object.map('other_rings').put(0, event);
    // a program can store to user space in the process that has the ring, and nowhere else
    await guest.native({ lib: 'native', symbol: 'nat_pin', returns: 'int', args: [{ int: rig.cpu }] });
    const ring = { ptr: rig.ring.handle };
    const args = [ring, ring, { u64: 0n }];
    const { value } = await guest.native({ lib: 'c', symbol: 'memmove', returns: 'u64', args });
    return new Walk(rig, row, BigInt(value ?? 0), await event.map(1));
  }

  /** The helper alone. */
  async alone(): Promise<Seen> {
    await this.#prepare(0, 0);
    return this.#run(0n, false);
  }

  /** Interrupted behind the nth access to the bytes at `offset`, if there are so many. */
  async interrupted(offset: number, nth: number, pattern: number): Promise<Seen> {
    const { rig } = this;
    const { dataHead } = await rig.ring.control();
    const address = this.#data + (dataHead % RING_BYTES) + RECORD_HEADER + BigInt(offset);
    const event = await rig.guest.perfEvent(watchpoint(address, BigInt(WATCHED_BYTES)), { cpu: rig.cpu });
    const link = await rig.object.attach('interrupt', { kind: 'perf_event', event: event.handle });
    await this.#prepare(nth, pattern);
    const seen = await this.#run(1n, (offset / STRIDE_BYTES + nth) % 2 === 1);
    await link.close();
    await event.close();
    return seen;
  }

  async #prepare(nth: number, pattern: number): Promise<void> {
    const bytes = Buffer.alloc(16 + GIVEN_BYTES, pattern);
    bytes.writeBigUInt64LE(this.#page, 0);
    bytes.writeBigUInt64LE(BigInt(nth), 8);
    await this.rig.object.map('.data.in').update(0, bytes);
  }

  async #run(armed: bigint, discarded: boolean): Promise<Seen> {
    const { rig, row } = this;
    const { dataHead } = await rig.ring.control();
    await rig.ring.setTail(dataHead);
    await rig.fire('write_row', row.slot, armed, discarded ? 1n : 0n);
    const bytes = Buffer.from(await rig.object.map('.data.seen').get(0));
    const field = (index: number): Buffer => bytes.subarray(24 + GIVEN_BYTES * index, 24 + GIVEN_BYTES * (index + 1));
    const address = readU64(bytes, 8);
    this.#data = address - RECORD_HEADER - (dataHead % RING_BYTES);
    const [sent] = await this.#other.read();
    return {
      overwritten: readU64(bytes),
      address,
      result: BigInt.asIntN(64, readU64(bytes, 16)),
      before: field(0),
      after: field(1),
      out: sent === undefined ? field(3) : Buffer.from(rawData(sent).subarray(0, GIVEN_BYTES)),
      beside: Buffer.concat([field(2), field(4)]),
    };
  }
}

const outcome = ({ result, out, after }: Seen, { does }: Row): string =>
  `${result} ${(does === 'writes' ? after : out).toString('hex')}`;

/** What is wrong with what a helper did that was interrupted, if anything is. */
function wrong(seen: Seen, pattern: number, { does }: Row): string | undefined {
  if (seen.beside.some((byte) => byte !== 0)) return 'it has written beside what it was given';
  // a helper that reads puts nothing back
  if (does !== 'writes' && seen.after.some((byte) => byte !== pattern)) return 'the record has not been overwritten';
  if (does === 'copies' && seen.out.some((byte, at) => byte !== seen.before[at] && byte !== pattern))
    return 'it has copied from elsewhere';
  return undefined;
}

async function walk(t: Test, guest: Guest, row: Row): Promise<void> {
  const at = await Walk.open(guest, row);
  const alone = await at.alone();
  if (row.does !== 'writes') t.same(alone.after, alone.before, 'without an interrupt the record stays');
  let [interrupted, changed, overwritten] = [0, 0, alone.overwritten];
  for (let offset = 0; offset < GIVEN_BYTES; offset += STRIDE_BYTES)
    for (let nth = 0; nth < ACCESSES; nth++) {
      const pattern = PATTERNS[(offset / STRIDE_BYTES + nth) % PATTERNS.length] ?? 0;
      const seen = await at.interrupted(offset, nth, pattern);
      if (seen.overwritten === overwritten) break;
      overwritten = seen.overwritten;
      interrupted++;
      if (outcome(seen, row) !== outcome(alone, row)) changed++;
      const what = wrong(seen, pattern, row);
      if (what !== undefined) t.fail(`byte ${offset}, access ${nth}, pattern ${pattern}: ${what}`);
    }
  figures(t, `alone ${alone.result}; interrupted behind ${interrupted} accesses, ${changed} with another outcome`);
  t.ok(interrupted > 0, 'the record has been overwritten while the helper was at work');
  t.ok(changed > 0, 'and the helper has worked on what came over it');
}

for (const row of ROWS)
  guestTest(`D33: overwritten under the helper: ${row.what}`, { seconds: 60 }, (t, guest) => walk(t, guest, row));
