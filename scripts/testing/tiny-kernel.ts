import { writeFileSync } from 'node:fs';

/** Real-mode code that QEMU jumps to, 512 bytes into a kernel of the old boot protocol. */
const CODE = {
  /** jmp . : it runs for ever and never says a word. */
  silent: [0xeb, 0xfe],
  /** mov al,0xfe; out 0x64,al; hlt; jmp to hlt: the keyboard controller pulls the reset line. */
  resets: [0xb0, 0xfe, 0xe6, 0x64, 0xf4, 0xeb, 0xfd],
} as const;

const ENTRY = 512;
const IMAGE_BYTES = 8192;

/** A "kernel" of a few instructions, for what happens when one does not boot. */
export function writeTinyKernel(path: string, what: keyof typeof CODE): void {
  const image = Buffer.alloc(IMAGE_BYTES);
  image.set(CODE[what], ENTRY);
  writeFileSync(path, image);
}
