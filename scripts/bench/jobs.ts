/** What has to be compiled for a run, as data: BPF objects by name, with the defines that make one of another. */
import type { Kernel } from './types.ts';

export const SIZES = [8, 16, 48, 64, 128, 256, 512, 1024, 1368, 2048, 2056, 2736, 4096, 8192, 32768] as const;

export interface BpfJob {
  /** Without `.bpf.o`; what the guest's program looks for. */
  readonly object: string;
  /** Without `.bpf.c`. */
  readonly source: string;
  readonly defines: readonly string[];
  /** Kernels that can load it, each with a directory of its own: the program measures whatever it finds there. */
  readonly kernels: readonly Kernel[];
}

const EVERYWHERE: readonly Kernel[] = ['series', 'base', 'v1-inpage'];

const perSize = (source: string, kernels: readonly Kernel[]): BpfJob[] =>
  SIZES.flatMap((size) =>
    [0, 1].map((fill) => ({
      object: `${source}-${size}-${fill}`,
      source,
      defines: [`-DREC_SIZE=${size}`, `-DFILL=${fill}`],
      kernels,
    })),
  );

const plain = (source: string, kernels: readonly Kernel[]): BpfJob => ({
  object: source,
  source,
  defines: [],
  kernels,
});

export function bpfJobs(): BpfJob[] {
  return [
    ...perSize('emit', EVERYWHERE),
    { object: 'emit-48-0-one', source: 'emit', defines: ['-DREC_SIZE=48', '-DFILL=0', '-DONE'], kernels: EVERYWHERE },
    {
      object: 'emit-dtrace-48-0-one',
      source: 'emit-dtrace',
      defines: ['-DREC_SIZE=48', '-DFILL=0', '-DONE'],
      kernels: ['series'],
    },
    ...['strings', 'reach', 'reach-freplace', 'idle', 'stream'].map((source) => plain(source, EVERYWHERE)),
    ...perSize('emit-dtrace', ['series', 'v1-inpage']),
    { object: 'reach-cross', source: 'reach', defines: ['-DCROSS'], kernels: ['series'] },
    { object: 'tool-reserve', source: 'tool', defines: [], kernels: ['series'] },
    { object: 'tool-output', source: 'tool', defines: ['-DOUTPUT'], kernels: ['series'] },
    ...['strings-dtrace', 'stream-dtrace', 'growth-depth'].map((source) => plain(source, ['series'])),
  ];
}
