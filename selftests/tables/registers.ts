/** The registers of a context (bpf_user_pt_regs_t), by architecture. Pure. */
import { readU64 } from '../../scripts/guest/bytes.ts';
import { ARCH } from '../../scripts/guest/presets.ts';

interface RegisterFile {
  /** In the order of the structure. */
  readonly names: readonly string[];
  /** In which the ABI passes integer arguments to a function, in order; what it has more of is not in argv[]. */
  readonly args: readonly string[];
  readonly ip: string;
  readonly sp: string;
  /** The return value. */
  readonly result: string;
  /** What the kernel collects of itself where it is not interrupted, and what is in those that are the same always. */
  readonly saved: readonly string[];
  readonly constant: readonly [name: string, value: bigint];
  /** Not compared there: its flags are those of the moment. */
  readonly flags: string;
  /** Nothing of the kernel is below. */
  readonly kernel: bigint;
  /** And nothing of its code. */
  readonly kernelText: bigint;
}

const X86_64: RegisterFile = {
  names: [
    ...['r15', 'r14', 'r13', 'r12', 'rbp', 'rbx', 'r11', 'r10', 'r9', 'r8', 'rax', 'rcx', 'rdx', 'rsi', 'rdi'],
    ...['orig_rax', 'rip', 'cs', 'eflags', 'rsp', 'ss'],
  ],
  args: ['rdi', 'rsi', 'rdx', 'rcx', 'r8', 'r9'],
  ip: 'rip',
  sp: 'rsp',
  result: 'rax',
  saved: ['rip', 'rsp', 'cs'],
  constant: ['cs', 0x10n],
  flags: 'eflags',
  kernel: 0xffff_8000_0000_0000n,
  kernelText: 0xffff_ffff_8000_0000n,
};

const PSR_MODE_EL1H = 5n;

const ARM64: RegisterFile = {
  names: [...Array.from({ length: 31 }, (_, index) => `x${index}`), 'sp', 'pc', 'pstate'],
  args: ['x0', 'x1', 'x2', 'x3', 'x4', 'x5'],
  ip: 'pc',
  sp: 'sp',
  result: 'x0',
  saved: ['pc', 'sp', 'x29', 'pstate'],
  constant: ['pstate', PSR_MODE_EL1H],
  flags: 'pstate',
  kernel: 0xfff0_0000_0000_0000n,
  kernelText: 0xffff_8000_0000_0000n,
};

export const REGISTER_FILES = { x86_64: X86_64, arm64: ARM64 } as const;

/** Of this topic's guest. */
export const REGISTER_FILE = REGISTER_FILES[ARCH];

export type Registers = Readonly<Record<string, bigint>>;

/** @param at where the structure begins, in bytes */
export function readRegisters(bytes: Uint8Array, at: number): Registers {
  return Object.fromEntries(REGISTER_FILE.names.map((name, index) => [name, readU64(bytes, at + 8 * index)]));
}

/** Registers that nobody has saved, which are to be 0; flags are those of the moment. */
export function strayRegisters(regs: Registers): string[] {
  const { saved, flags } = REGISTER_FILE;
  return Object.keys(regs).filter((name) => !saved.includes(name) && name !== flags && regs[name] !== 0n);
}

/** What the kernel tells of itself where it is not interrupted. */
export function isOfKernel(regs: Registers): boolean {
  const {
    ip,
    sp,
    kernelText,
    constant: [constant, value],
  } = REGISTER_FILE;
  return (regs[ip] ?? 0n) > kernelText && regs[constant] === value && regs[sp] !== 0n;
}
