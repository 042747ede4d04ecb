/** The configurations in which every patch has to stand alone. Pure. */

export interface Variant {
  readonly name: string;
  /** Edits of the default configuration; they must all be in the final `.config`. */
  readonly set: readonly (readonly [symbol: string, value: 'y' | 'n'])[];
  /** Edits made for speed; what becomes of them does not matter. */
  readonly cheaper: readonly (readonly [symbol: string, value: 'y' | 'n'])[];
  /** Not asked of a tree that does not define this symbol. */
  readonly needs: string | undefined;
  readonly boots: boolean;
}

/**
 * What a guest needs to boot and the series has nothing to do with: drivers and file systems. A variant that is only
 * linked can do without.
 */
const NO_GUEST = (
  [
    'PCI',
    'ACPI',
    'PNP',
    'HYPERVISOR_GUEST',
    'VIRTIO_MENU',
    'SERIAL_8250',
    'NETWORK_FILESYSTEMS',
    'OVERLAY_FS',
    'FUSE_FS',
    'LKDTM',
  ] as const
).map((symbol) => [symbol, 'n'] as const);

/** Type information is made by reading the whole kernel twice. */
const NO_TYPES = [
  ['DEBUG_INFO_BTF', 'n'],
  ['DEBUG_INFO_DWARF_TOOLCHAIN_DEFAULT', 'n'],
  ['DEBUG_INFO_NONE', 'y'],
] as const;

export const VARIANTS: readonly Variant[] = [
  { name: 'default', set: [], cheaper: [], needs: undefined, boots: true },
  { name: 'DTRACE=n', set: [['DTRACE', 'n']], cheaper: [...NO_GUEST, ...NO_TYPES], needs: 'DTRACE', boots: false },
  {
    name: 'BPF_SYSCALL=n',
    set: [['BPF_SYSCALL', 'n']],
    cheaper: [...NO_GUEST, ...NO_TYPES],
    needs: undefined,
    boots: false,
  },
  // keeps its types: DTRACE wants them, and the point is the program type without a JIT
  { name: 'BPF_JIT=n', set: [['BPF_JIT', 'n']], cheaper: NO_GUEST, needs: undefined, boots: false },
];

export function variantNamed(name: string): Variant | undefined {
  return VARIANTS.find((variant) => variant.name === name);
}

/** The text of a `.config` with some symbols changed, ready for olddefconfig. */
export function editConfig(text: string, edits: readonly (readonly [symbol: string, value: 'y' | 'n'])[]): string {
  const changed = new Set(edits.map(([symbol]) => symbol));
  const kept = text.split('\n').filter((line) => {
    const symbol = /^(?:# )?CONFIG_(\w+)(?:=| is not set)/.exec(line)?.[1];
    return symbol === undefined || !changed.has(symbol);
  });
  const added = edits.map(([symbol, value]) =>
    value === 'n' ? `# CONFIG_${symbol} is not set` : `CONFIG_${symbol}=${value}`,
  );
  return `${[...kept.filter((line, i) => line !== '' || i < kept.length - 1), ...added].join('\n')}\n`;
}
