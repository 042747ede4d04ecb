/** Translated programs (bpf_prog_info.xlated_prog_insns) in a form that can be compared between two kernels. Pure. */

const INSN_BYTES = 8;
const LD_IMM64 = 0x18;

/** What a map is called differs from run to run: ids and addresses in 64-bit loads of maps become 0. All else stays. */
export function withoutMapIds(xlated: Uint8Array): Uint8Array {
  const out = Buffer.from(xlated);
  for (let at = 0; at < out.length; at += INSN_BYTES) {
    if (out[at] !== LD_IMM64) continue;
    const pseudo = (out[at + 1] ?? 0) >> 4;
    if (pseudo !== 0) {
      out.writeInt32LE(0, at + 4);
      out.writeInt32LE(0, at + INSN_BYTES + 4);
    }
    at += INSN_BYTES;
  }
  return out;
}

/** An instruction a line, as hexadecimal: what a person can see a difference in. */
export function listing(xlated: Uint8Array): string[] {
  const lines: string[] = [];
  for (let at = 0; at < xlated.length; at += INSN_BYTES)
    lines.push(Buffer.from(xlated.subarray(at, at + INSN_BYTES)).toString('hex'));
  return lines;
}
