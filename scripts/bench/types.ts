/** What the guest's program prints, and what is computed from it. */

/** The kernel a boot runs: the series, the base without it, or the series with the in-page reservation of RFC v1. */
export type Kernel = 'series' | 'base' | 'v1-inpage';
export const SECTIONS = ['emit', 'strings', 'reach', 'idle', 'stream', 'growth'] as const;
export type Section = (typeof SECTIONS)[number];
/** How the reader hears of records; `polled`: for each record, and it has polled since the one before. */
export const WAKES = ['watermark', 'record', 'polled'] as const;
export type Wake = (typeof WAKES)[number];

/** What is measured: the same fields are the same measurement. */
export interface Subject {
  /** Name of the boot it comes from (see plan.ts). */
  readonly boot: string;
  readonly section: Section;
  readonly variant: string;
  /** Kind of probe, where it matters. */
  readonly source: string | null;
  readonly size: number | null;
  /** Whether the payload's stores are part of the operation. */
  readonly fill: boolean | null;
  readonly wake: Wake | null;
}

/** One line of the guest's program: raw clock differences, a batch each. */
export interface Reading extends Subject {
  readonly elapsed: readonly number[];
  /** Operations in a batch. */
  readonly batch: number;
  /** Operations or records that went wrong, over all batches. */
  readonly failed: number;
  /** Everything else that the line says, by name: records, bytes, lost, jited, ... */
  readonly extra: Readonly<Record<string, number>>;
}

/** Instructions an operation, net of its baseline. */
export interface Row extends Subject {
  /** Unique and stable: what a later run is compared by. */
  readonly key: string;
  /** Of the batch that took least, or the median where batches differ by nature; see rows.ts. */
  readonly value: number;
  /** Largest less smallest batch, an operation. */
  readonly spread: number;
  readonly repetitions: number;
  /** Bytes of ring an operation takes, headers and padding included; null where there is no ring. */
  readonly bytes: number | null;
  readonly extra: Readonly<Record<string, number>>;
}

/** Where the numbers come from; printed with them. */
export interface Provenance {
  /** UTC day of the run. */
  readonly date: string;
  readonly kernel: string;
  readonly base: string;
  /** git tree hash of the series' kernel source. */
  readonly tree: string;
  readonly config: string;
  readonly compiler: string;
  readonly qemu: string;
  readonly cpu: string;
  readonly accelerator: string;
  readonly mitigation: string;
}

export interface FunctionShare {
  readonly name: string;
  /** Instructions an operation. */
  readonly value: number;
  /** An operation; 0 for what is no function. */
  readonly calls: number;
}

/** Where a variant's instructions are, largest share first. */
export interface Profile extends Pick<Subject, 'boot' | 'section' | 'variant' | 'source'> {
  /** Unique. */
  readonly label: string;
  readonly shares: readonly FunctionShare[];
}

export interface Results {
  readonly provenance: Provenance;
  readonly rows: readonly Row[];
  readonly profiles?: readonly Profile[];
  /** What the comparison with the run before said when these were written. */
  readonly reproduced?: string;
}

export type Verdict = 'upheld' | 'refuted' | 'it depends' | 'not measured';

/** What becomes of a claim of the 2019 thread. */
export interface ClaimResult {
  readonly id: string;
  /** The claim in our words. */
  readonly claim: string;
  readonly verdict: Verdict;
  /** One sentence with the numbers. */
  readonly sentence: string;
  /** Keys of the rows that show it. */
  readonly shownBy: readonly string[];
}
