/** What has to be compiled for a run, as data: BPF objects by name, with the defines that make one of another. */
export const SIZES = [8, 16, 48, 64, 128, 256, 512, 1024, 1368, 2048, 2736, 4096, 8192, 32768] as const;

export interface BpfJob {
  /** Without `.bpf.o`; what the guest's program looks for. */
  readonly object: string;
  /** Without `.bpf.c`. */
  readonly source: string;
  readonly defines: readonly string[];
  /** Needs a kernel with the series. */
  readonly series: boolean;
}

const perSize = (source: string, series: boolean): BpfJob[] =>
  SIZES.flatMap((size) =>
    [0, 1].map((fill) => ({ object: `${source}-${size}-${fill}`, source, defines: [`-DREC_SIZE=${size}`, `-DFILL=${fill}`], series })),
  );

const plain = (source: string, series: boolean): BpfJob => ({ object: source, source, defines: [], series });

export function bpfJobs(): BpfJob[] {
  return [
    ...perSize('emit', false),
    ...['strings', 'reach', 'reach-freplace', 'idle', 'stream'].map((source) => plain(source, false)),
    ...perSize('emit-dtrace', true),
    { object: 'reach-cross', source: 'reach', defines: ['-DCROSS'], series: true },
    ...['strings-dtrace', 'stream-dtrace', 'growth-depth'].map((source) => plain(source, true)),
  ];
}
