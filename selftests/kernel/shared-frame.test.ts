/**
 * D30: where a tail called program runs in the frame of its caller, the frame is as large as it can get. Run by
 * kernel/run.ts.
 */
import { guestTest } from '../../scripts/guest/guest-test.ts';
import { bpfProgram } from '../tables/raw-program.ts';

const SUB_RSP_IMM32 = [0x48, 0x81, 0xec];
/** MAX_BPF_STACK, and on top of it the counter that may_goto has with a JIT. */
const LARGEST_CALLEE = 512 + 8;

/** What the prologue takes from the stack pointer: `sub rsp, imm32`, or nothing. */
function frameOf(jited: Uint8Array): number {
  const code = Buffer.from(jited);
  const at = code.indexOf(Buffer.from(SUB_RSP_IMM32));
  return at < 0 ? 0 : code.readUInt32LE(at + SUB_RSP_IMM32.length);
}

guestTest(
  'D30: a program that tail-calls has room for the largest callee, another one only what it uses [jit]',
  async (t, guest) => {
    await guest.sysctl('net.core.bpf_jit_enable', 1);
    await guest.writeFile('/sys/module/kernel/parameters/bpf_shared_frame', 'Y', { restore: true });
    const array = await guest.createMap({
      type: 'prog_array',
      keySize: 4,
      valueSize: 4,
      maxEntries: 2,
      mapExtra: BigInt(guest.progType('dtrace')),
    });
    const own = await guest.createMap({ type: 'prog_array', keySize: 4, valueSize: 4, maxEntries: 2 });
    t.equal(
      frameOf((await (await guest.loadRaw(bpfProgram('kprobe', array))).info()).jited),
      LARGEST_CALLEE,
      'across types',
    );
    t.equal(
      frameOf((await (await guest.loadRaw(bpfProgram('kprobe', own))).info()).jited),
      LARGEST_CALLEE,
      'within a type',
    );
    t.equal(frameOf((await (await guest.loadRaw(bpfProgram('kprobe'))).info()).jited), 0, 'no tail call');
  },
);
