/**
 * What a kernel is built for. It is a part of a configuration's name: NAME is for the first row, NAME-arm64 for that
 * one. Records, directories and reports go by that name, and whoever has it has the architecture. Pure.
 */
import { WorkbenchError } from './errors.ts';

export interface Architecture {
  readonly name: string;
  /** Its directory below arch/ of the kernel; libbpf has the same word in __TARGET_ARCH_x86. */
  readonly directory: string;
  /** What is booted: make's target, and the file below boot/ of the directory. */
  readonly image: string;
  /** In front of the names of compiler and binary utilities. */
  readonly cross: string;
  readonly qemu: string;
  /** Where the guest's programs cannot be the host's: as Debian calls it, and needs.ts the tools for it. */
  readonly foreign?: 'arm64';
}

const [X86_64, ...OTHERS]: readonly [Architecture, ...Architecture[]] = [
  { name: 'x86_64', directory: 'x86', image: 'bzImage', cross: '', qemu: 'qemu-system-x86_64' },
  {
    name: 'arm64',
    directory: 'arm64',
    image: 'Image',
    cross: 'aarch64-linux-gnu-',
    qemu: 'qemu-system-aarch64',
    foreign: 'arm64',
  },
];

export const DEFAULT_ARCHITECTURE = X86_64;
const ARCHITECTURES = [X86_64, ...OTHERS];
export const ARCHITECTURE_NAMES = ARCHITECTURES.map(({ name }) => name);

/** Of the commands that configure, build or boot. */
export const ARCH_OPTION = {
  arch: {
    type: 'string',
    value: ARCHITECTURE_NAMES.join('|'),
    default: X86_64.name,
    summary: 'what the kernel is built for; another one than x86_64 is cross-built, and its guests are emulated',
  },
} as const;

/** @param next what to type instead. @throws E_USAGE */
export function architectureNamed(name: string, next: string): Architecture {
  const found = ARCHITECTURES.find((one) => one.name === name);
  if (found === undefined)
    throw new WorkbenchError('E_USAGE', `--arch ${name}: it is one of ${ARCHITECTURE_NAMES.join(', ')}`, { next });
  return found;
}

const suffixOf = ({ name }: Architecture): string => (name === X86_64.name ? '' : `-${name}`);

/** The configuration of that name for an architecture. */
export function configFor(name: string, arch: Architecture): string {
  const suffix = suffixOf(arch);
  return name.endsWith(suffix) ? name : name + suffix;
}

/** What a configuration is made of. */
export interface Target {
  /** Of its fragment below kconfig/. */
  readonly fragment: string;
  readonly arch: Architecture;
}

export function targetOf(config: string): Target {
  const arch = OTHERS.find((one) => config.endsWith(suffixOf(one))) ?? X86_64;
  return { fragment: config.slice(0, config.length - suffixOf(arch).length), arch };
}

export const architectureOf = (config: string): Architecture => targetOf(config).arch;
