/** D36: what else the call of a helper entails happens for calls that a verified program has, and for no others. */
import { guestTest } from '../scripts/guest/guest-test.ts';
import type { Guest } from '../scripts/guest/client.ts';
import { insn } from './tables/raw-program.ts';

const ENABLE = '/sys/kernel/tracing/events/bpf_trace/bpf_trace_printk/enable';
const TYPES = ['kprobe', 'dtrace'] as const;
const [MOV64_IMM, MOV64_REG, ADD64_IMM, STORE64_IMM, JEQ_IMM, CALL, EXIT] = [0xb7, 0xbf, 0x07, 0x7a, 0x15, 0x85, 0x95];
const FUNC_TRACE_PRINTK = 6;

/** bpf_trace_printk() of an empty text. */
const PRINTS = [
  insn(STORE64_IMM, 10, 0, -8, 0),
  insn(MOV64_REG, 1, 10, 0, 0),
  insn(ADD64_IMM, 1, 0, 0, -8),
  insn(MOV64_IMM, 2, 0, 0, 1),
  insn(CALL, 0, 0, 0, FUNC_TRACE_PRINTK),
];
const RETURNS = [insn(MOV64_IMM, 0, 0, 0, 0), insn(EXIT, 0, 0, 0, 0)];
const ALWAYS_SKIPS = [insn(MOV64_IMM, 0, 0, 0, 0), insn(JEQ_IMM, 0, 0, PRINTS.length, 0)];
const READS_NOTHING = [insn(MOV64_REG, 0, 9, 0, 0)];

const ROWS = [
  { name: 'a call that is never reached', insns: [...ALWAYS_SKIPS, ...PRINTS, ...RETURNS], loads: true, enabled: '0' },
  { name: 'a program that is refused', insns: [...PRINTS, ...READS_NOTHING, ...RETURNS], loads: false, enabled: '0' },
  { name: 'a call', insns: [...PRINTS, ...RETURNS], loads: true, enabled: '1' },
] as const;

/** The event is enabled by a worker, some time after the program was loaded. */
async function enabledLater(guest: Guest): Promise<string> {
  await guest.exec(['sleep', '0.3']);
  return (await guest.readFile(ENABLE)).trim();
}

for (const { name, insns, loads, enabled } of ROWS) {
  guestTest(`D36: the event of bpf_trace_printk() after ${name}: ${enabled}`, async (t, guest) => {
    for (const type of TYPES) {
      await guest.writeFile(ENABLE, '0', { restore: true });
      t.equal((await guest.tryLoadRaw({ type, insns: Buffer.concat(insns) })).ok, loads, `${type}: loads`);
      t.equal(await enabledLater(guest), enabled, type);
    }
  });
}
