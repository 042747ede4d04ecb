/** What a run changes: registers and stacks of the functions that are in it, the ring, the record that is open. */
import type { Code } from './compile.ts';
import { u64 } from './compute.ts';
import { SLOT, type Helpers } from './interface.ts';
import type { OpenRecord, RingImage } from './ring-image.ts';

/** Places in memory that are far from each other. */
export const AT = {
  ctx: 0xffff888001000000n,
  stack: 0xffffc90000a00000n,
  ring: 0xffffc90002000000n,
  map: 0xffff888003000000n,
} as const;
export const FRAME_STEP = 0x1000n;
const STACK_BYTES = 512;
export const ARGS = [1, 2, 3, 4, 5] as const;

export interface Scenario {
  readonly args: readonly bigint[];
  /** Which of the runner's programs is in the slot that changes. */
  readonly swapped: 'nothing' | 'returns' | 'records';
  /** Whether there is a ring to write to. */
  readonly event: boolean;
}

/**
 * Where a value is from. ANYTHING depends on addresses, or on what was in memory before; from RECORD on it points
 * into a record, and each has a number.
 */
export const KNOWN = 0;
export const ANYTHING = 1;
export const RECORD = 2;

export class Harm extends Error {}
export class Unclear extends Error {}

export interface Frame {
  code: Code;
  pc: number;
  readonly regs: bigint[];
  /** See KNOWN. */
  readonly origins: Uint16Array;
  readonly stack: Uint8Array;
  readonly stackOrigins: Uint16Array;
  readonly done: (result: bigint, origin: number) => void;
}

interface Memory {
  readonly bytes: Uint8Array;
  /** Where in them it begins; the rest counts from there. */
  readonly at: number;
  readonly origin: (i: number) => number;
  readonly mark: (i: number, origin: number) => void;
}

export interface Programs {
  readonly returns: Code;
  readonly records: Code;
}

export class Cpu {
  readonly helpers: Helpers;
  readonly scenario: Scenario;
  readonly slots = new Map<number, Code>();
  readonly ring: RingImage;
  readonly frames: Frame[] = [];
  open: OpenRecord | undefined;
  /** Between reserve and close, also when nothing could be reserved. */
  pending = false;
  reservations = 0;
  ecb = 0;
  probe = 0;
  steps = 0;
  tails = 0;

  constructor(helpers: Helpers, programs: Programs, scenario: Scenario, ring: RingImage) {
    this.ring = ring;
    this.helpers = helpers;
    this.scenario = scenario;
    this.slots.set(SLOT.returns, programs.returns).set(SLOT.records, programs.records);
    if (scenario.swapped !== 'nothing') this.slots.set(SLOT.swapped, programs[scenario.swapped]);
  }

  enter(code: Code, pc: number, args: readonly (readonly [bigint, number])[], done: Frame['done']): void {
    const regs = Array.from({ length: 11 }, () => 0n);
    const origins = new Uint16Array(11).fill(ANYTHING);
    for (const [index, [value, origin]] of args.entries()) {
      regs[index + 1] = value;
      origins[index + 1] = origin;
    }
    regs[10] = AT.stack - FRAME_STEP * BigInt(this.frames.length);
    const stack = new Uint8Array(STACK_BYTES);
    const stackOrigins = new Uint16Array(STACK_BYTES).fill(ANYTHING);
    this.frames.push({ code, pc, regs, origins, stack, stackOrigins, done });
  }

  get frame(): Frame {
    const frame = this.frames.at(-1);
    if (frame === undefined) throw new Unclear('no frame');
    return frame;
  }

  set(reg: number, value: bigint, origin = KNOWN): void {
    const frame = this.frame;
    frame.regs[reg] = u64(value);
    frame.origins[reg] = origin;
  }

  get(reg: number): bigint {
    return this.frame.regs[reg] ?? 0n;
  }

  origin(reg: number): number {
    return this.frame.origins[reg] ?? ANYTHING;
  }

  memory(address: bigint, size: number): Memory {
    const fromRing = Number(address - AT.ring);
    if (fromRing >= 0 && fromRing < this.ring.bytes.length) {
      const { data, end } = this.open ?? { data: 0, end: 0 };
      if (fromRing < data || fromRing + size > end) throw new Harm(`access to ${size} bytes outside of the record`);
      const { bytes, known } = this.ring;
      return {
        bytes,
        at: fromRing,
        origin: (i) => (known[fromRing + i] === 1 ? KNOWN : ANYTHING),
        mark: (i, origin) => {
          known[fromRing + i] = origin === KNOWN ? 1 : 0;
        },
      };
    }
    const depth = Number((AT.stack - address) / FRAME_STEP);
    const frame = this.frames[depth];
    const at = Number(address - (AT.stack - FRAME_STEP * BigInt(depth))) + STACK_BYTES;
    if (frame === undefined || address > AT.stack || at < 0 || at + size > STACK_BYTES)
      throw new Harm(`access to ${size} bytes at 0x${address.toString(16)}`);
    return {
      bytes: frame.stack,
      at,
      origin: (i) => frame.stackOrigins[at + i] ?? ANYTHING,
      mark: (i, origin) => {
        frame.stackOrigins[at + i] = origin;
      },
    };
  }

  write(address: bigint, size: number, byte: (i: number) => number, origin: number | ((i: number) => number)): void {
    const { bytes, at, mark } = this.memory(address, size);
    for (let i = 0; i < size; i++) {
      bytes[at + i] = byte(i);
      mark(i, typeof origin === 'number' ? origin : origin(i));
    }
  }

  /** r1-r5 are anything after a call. */
  clobber(): void {
    for (const reg of ARGS) this.set(reg, 0n, ANYTHING);
  }

  return(value: bigint, origin = KNOWN): void {
    this.clobber();
    this.set(0, value, origin);
  }
}
