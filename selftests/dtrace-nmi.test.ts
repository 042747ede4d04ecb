/**
 * DTRACE programs in an NMI: one that has interrupted a DTRACE program, and one inside of that. sysrq's list of what
 * the CPUs do sends the NMI.
 */
import { readU64, SYSCALLS, u64, type Guest, type LoadedObject } from '../scripts/guest/client.ts';
import { guestTestBothModes } from '../scripts/guest/guest-test.ts';
import { figures } from './lib/figures.ts';
import { byBase } from './tables/by-base.ts';

const LEVELS = ['task', 'nmi', 'inside'] as const;
type Level = (typeof LEVELS)[number];
const FRAMES = 32;
const WORDS = 7 + FRAMES;
/** The CPU of progs/dtrace-nmi.bpf.c, and the one that sends. */
const [INTERRUPTED, SENDER] = [1, 0];
const [NMIS, MOST_NMIS] = [4, 40];
/**
 * Of one call. From 65,536 on may_goto asks how long the loop has run, in a way of which only the JIT knows: Linux 7.3
 * does so without one, too, and may die.
 */
const TURNS = 60_000n;
/** NMI_OFFSET of include/linux/preempt.h: one NMI, in the count. */
const NMI_OFFSET = { 'v6.12': 0x100000n, 'v7.3': 0x10000000n } as const;
/** arch/x86/include/asm/pgtable_64_types.h: the stacks of NMIs and other exceptions are there, and no task's is. */
const [ENTRY_AREA, ENTRY_AREA_END] = [0xfffffe0000000000n, 0xfffffe8000000000n];

/**
 * Among the callers of what runs in the NMI. How far the kernel can go on from there, in the middle of a program, is a
 * question of the instruction that was interrupted.
 */
const CALLER = 'exc_nmi';

interface Seen {
  readonly fired: bigint;
  readonly broken: bigint;
  readonly fell: bigint;
  readonly below: bigint;
  readonly preemptCount: bigint;
  readonly bytes: bigint;
  readonly stack: bigint;
  readonly frames: readonly bigint[];
}

async function seenBy(object: LoadedObject): Promise<Record<Level, Seen>> {
  const bytes = await object.map('.data.seen').get(0);
  const of = (level: number): Seen => {
    const at = (word: number): bigint => readU64(bytes, 8 * (level * WORDS + word));
    const used = Number(at(5)) / 8;
    return {
      ...{ fired: at(0), broken: at(1), fell: at(2), below: at(3), preemptCount: at(4) },
      ...{ bytes: BigInt.asIntN(64, at(5)), stack: at(6) },
      frames: Array.from({ length: used > 0 && used <= FRAMES ? used : 0 }, (_, i) => at(7 + i)),
    };
  };
  return { task: of(0), nmi: of(1), inside: of(2) };
}

/** Begin and end of a function; /proc/kallsyms is in the order of the addresses. */
async function rangeOf(guest: Guest, func: string): Promise<readonly [bigint, bigint]> {
  const script = 'at { print $1; exit } $3 == func { print at = $1 }';
  const { stdout } = await guest.exec(['awk', '-v', `func=${func}`, script, '/proc/kallsyms']);
  const [from, to] = stdout.trim().split('\n');
  return [BigInt(`0x${from ?? 0}`), BigInt(`0x${to ?? 0}`)];
}

const inEntryArea = (address: bigint): boolean => address >= ENTRY_AREA && address < ENTRY_AREA_END;

guestTestBothModes(
  'in an NMI and inside another one, with all the stack that programs can have',
  { seconds: 60 },
  async (t, guest) => {
    const object = await guest.load('dtrace-nmi');
    await Promise.all(LEVELS.map((level, slot) => object.map('progs').put(slot, object.program(`${level}_callee`))));
    for (const level of LEVELS) await object.attach(level);
    await guest.native({ lib: 'native', symbol: 'nat_pin', returns: 'int', args: [{ int: SENDER }] });
    const setTurns = (turns: bigint): Promise<unknown> => object.map('.data.in').update(0, u64(turns));

    await setTurns(TURNS);
    const calls = await guest.nativeStart({
      lib: 'native',
      symbol: 'nat_syscall_loop',
      args: [
        { u64: BigInt(SYSCALLS.getpgid) },
        { bytes: new Uint8Array(48) },
        { u64: 1000n },
        { int: INTERRUPTED },
        { bytes: new Uint8Array(32), out: true },
      ],
    });
    // on a busy host all of them may find the task between two programs: then more are sent
    const interrupted = async (): Promise<boolean> => (await seenBy(object)).nmi.fired > 0n;
    for (let sent = 0; sent < NMIS || (sent < MOST_NMIS && !(await interrupted())); sent++)
      await guest.writeFile('/proc/sysrq-trigger', 'l');
    await setTurns(0n);
    await calls.join();

    const { task, nmi, inside } = await seenBy(object);
    const offset = byBase(guest.facts.hello.release, NMI_OFFSET);
    figures(
      t,
      `${task.fired} in the task, ${nmi.fired} in NMIs, ${inside.fired} inside those, ` +
        `${nmi.stack - inside.stack} bytes of stack further down`,
    );
    t.ok(nmi.fired > 0n, 'an NMI has interrupted a DTRACE program');
    t.equal(inside.fired, nmi.fired, 'and a DTRACE program has run inside each');
    for (const [level, seen] of Object.entries({ task, nmi, inside })) {
      t.equal(seen.broken, 0n, `${level}: its stack is what it was`);
      t.equal(seen.fell, 0n, `${level}: the tail call was taken`);
      t.ok(seen.bytes > 0n, `${level}: its stack was walked: ${seen.bytes}`);
    }
    t.equal(nmi.below, 1n, 'the NMI came while the program in the task was at work');
    t.equal(inside.below, 3n, 'and the one inside while both were');
    t.equal(task.preemptCount & offset, 0n, 'the task is not in an NMI');
    t.equal(inEntryArea(task.stack), false, 'nor on the stack of one');
    const [from, to] = await rangeOf(guest, CALLER);
    for (const [level, seen] of Object.entries({ nmi, inside })) {
      t.not(seen.preemptCount & offset, 0n, `${level}: the kernel says that it is an NMI`);
      t.ok(inEntryArea(seen.stack), `${level}: on the NMI's stack: ${seen.stack.toString(16)}`);
      const called = seen.frames.some((frame) => frame >= from && frame < to);
      t.ok(called, `${level}: ${CALLER} is among its callers`);
    }
  },
);
