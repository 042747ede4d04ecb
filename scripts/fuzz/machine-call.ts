/** What calls do: helpers, functions, tail calls. */
import type { Code } from './compile.ts';
import { u64 } from './compute.ts';
import { ANYTHING, ARGS, AT, FRAME_STEP, Harm, KNOWN, Unclear, type Cpu, type Frame } from './cpu.ts';
import { PSEUDO, type Insn } from './insn.ts';
import { ARCH } from '../guest/presets.ts';
import { BUF_ID, COMM, ECB, MAP, NULL_READ, SLOT, SLOTS } from './interface.ts';

const errno = (number: bigint): bigint => u64(-number);
const TAIL_CALLS = 33;
const EINVAL = 22n;
const E2BIG = 7n;
const ENOENT = 2n;

export function call(cpu: Cpu, insn: Insn, frame: Frame): void {
  const [first = 0n, second = 0n, third = 0n, fourth = 0n, fifth = 0n] = ARGS.map((reg) => cpu.get(reg));
  if (insn.src === PSEUDO.call) {
    const args = ARGS.map((reg) => [cpu.get(reg), cpu.origin(reg)] as const);
    cpu.enter(frame.code, frame.pc + insn.imm, args, (result, origin) => cpu.return(result, origin));
    return;
  }
  switch (insn.imm) {
    case cpu.helpers.buffer_reserve:
      cpu.return(reserve(cpu, second, mapOf(third), fourth));
      return;
    case cpu.helpers.buffer_commit:
      cpu.return(close(cpu, second, false));
      return;
    case cpu.helpers.buffer_discard:
      cpu.return(close(cpu, second, true));
      return;
    case cpu.helpers.tail_call:
      tailCall(cpu, Number(third & 0xffff_ffffn), cpu.origin(3) !== KNOWN);
      return;
    case cpu.helpers.finalize_context:
      cpu.ecb = ECB.id;
      cpu.probe = ECB.probe;
      cpu.return(0n);
      return;
    case cpu.helpers.probe_read_kernel:
      probeRead(cpu, first, Number(second), third);
      return;
    case cpu.helpers.get_current_comm: {
      const size = Number(second);
      cpu.write(first, size, (i) => (i < size - 1 ? COMM.charCodeAt(i) || 0 : 0), KNOWN);
      cpu.return(0n);
      return;
    }
    case cpu.helpers.perf_event_output:
      output(cpu, fourth, Number(fifth));
      return;
    case cpu.helpers.loop:
      iterate(cpu, frame.code, Number(first), Number(second), third, 0);
      return;
    default:
      throw new Unclear(`helper ${insn.imm}`);
  }
}

function mapOf(address: bigint): number {
  return Number((address - AT.map) / FRAME_STEP);
}

function reserve(cpu: Cpu, id: bigint, map: number, size: bigint): bigint {
  if (cpu.pending) throw new Harm('reserves while a record is open');
  if (cpu.frame.code.type !== 'dtrace') throw new Harm('reserves without a context for it');
  cpu.pending = true;
  cpu.reservations++;
  if (id !== BigInt(BUF_ID)) return errno(EINVAL);
  if (map === MAP.empty || !cpu.scenario.event) return errno(ENOENT);
  const record = cpu.ring.reserve(size);
  if (record === 'full') throw new Unclear('the ring is full');
  if (record === 'EINVAL') return errno(EINVAL);
  if (record === 'E2BIG') return errno(E2BIG);
  cpu.open = record;
  return 0n;
}

function close(cpu: Cpu, id: bigint, discard: boolean): bigint {
  if (!cpu.pending) throw new Harm('closes a record, and none is open');
  cpu.pending = false;
  if (cpu.open === undefined) return id === BigInt(BUF_ID) ? 0n : errno(EINVAL);
  if (discard) cpu.ring.discard(cpu.open);
  cpu.open = undefined;
  return 0n;
}

function tailCall(cpu: Cpu, index: number, vague: boolean): void {
  if (vague) throw new Unclear('index of a tail call');
  if (index < SLOTS && (index === SLOT.subject || index === SLOT.probe)) throw new Unclear('tail call to itself');
  const target = cpu.slots.get(index);
  if (target === undefined || ++cpu.tails > TAIL_CALLS) {
    cpu.clobber();
    cpu.set(0, 0n, ANYTHING);
    return;
  }
  if (cpu.pending) throw new Harm('tail call with a record open');
  const { done, code } = cpu.frame;
  if (code.type !== target.type) {
    cpu.ecb = 0;
    cpu.probe = 0;
  }
  cpu.frames.pop();
  cpu.enter(target, 0, [[AT.ctx, ANYTHING]], done);
}

function probeRead(cpu: Cpu, to: bigint, size: number, from: bigint): void {
  if (from === 0n) {
    cpu.write(to, size, () => 0, KNOWN);
    cpu.return(errno(NULL_READ[ARCH]));
    return;
  }
  const { bytes, at, origin } = cpu.memory(from, size);
  cpu.write(to, size, (i) => bytes[at + i] ?? 0, origin);
  cpu.return(0n);
}

function output(cpu: Cpu, from: bigint, size: number): void {
  if (!cpu.scenario.event) {
    cpu.return(errno(ENOENT));
    return;
  }
  const { bytes, at, origin } = cpu.memory(from, size);
  const told = Uint8Array.from({ length: size }, (_, i) => (origin(i) === KNOWN ? 1 : 0));
  if (cpu.ring.output(bytes.slice(at, at + size), told) === 'full') throw new Unclear('the ring is full');
  cpu.return(0n);
}

function iterate(cpu: Cpu, code: Code, times: number, start: number, context: bigint, done: number): void {
  if (done === times) {
    cpu.return(BigInt(times));
    return;
  }
  cpu.enter(
    code,
    start,
    [
      [BigInt(done), KNOWN],
      [context, ANYTHING],
    ],
    (result, origin) => {
      if (origin !== KNOWN) throw new Unclear('result of a callback');
      if (result !== 0n) return cpu.return(BigInt(done + 1));
      iterate(cpu, code, times, start, context, done + 1);
    },
  );
}
