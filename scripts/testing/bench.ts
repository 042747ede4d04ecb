/** Rows, readings and runs for the tests of this directory. */
import type { StageContext } from '../lib/stage.ts';
import type { ExecResult } from '../lib/exec.ts';
import type { LogEntry } from '../lib/log.ts';
import { openRun, planRun } from '../lib/record.ts';
import { rowKey } from '../bench/rows.ts';
import type { FunctionShare, Profile, Provenance, Reading, Results, Row, Section } from '../bench/types.ts';

export function reading(over: Partial<Reading> & { readonly section: Section; readonly variant: string }): Reading {
  return {
    boot: 'series',
    elapsed: [100],
    batch: 10,
    failed: 0,
    source: null,
    size: null,
    fill: null,
    wake: null,
    extra: {},
    ...over,
  };
}

export function row(over: Partial<Row> & { readonly section: Section; readonly variant: string }): Row {
  const whole = {
    boot: 'series',
    source: null,
    size: null,
    fill: null,
    wake: null,
    value: 100,
    spread: 0,
    repetitions: 9,
    bytes: null,
    extra: {},
    ...over,
  };
  return { ...whole, key: rowKey(whole) };
}

/** An emit row of 48 bytes, payload stored and not, watermark. */
export function emit(variant: string, value: number, over: Partial<Row> = {}): Row[] {
  return [true, false].map((fill) =>
    row({ section: 'emit', variant, size: 48, wake: 'watermark', value, bytes: 64, ...over, fill }),
  );
}

export function reach(variant: string, value: number, over: Partial<Row> = {}): Row {
  return row({ section: 'reach', variant, source: 'kprobe', value, extra: { jited: 123, xlated: 104 }, ...over });
}

export const PROVENANCE: Provenance = {
  date: '2026-01-02',
  kernel: '6.12.1',
  base: 'v6.12 (6.12.1)',
  tree: 'f00d',
  config: 'default',
  compiler: 'gcc 1',
  qemu: 'QEMU 7',
  cpu: 'virtual',
  accelerator: 'TCG',
  mitigation: 'Retpolines',
};

export function results(rows: readonly Row[], over: Partial<Provenance> = {}): Results {
  return { provenance: { ...PROVENANCE, ...over }, rows };
}

/** Instructions, or instructions and calls, of each function. */
export function profileOf(
  label: string,
  shares: Readonly<Record<string, number | readonly [value: number, calls: number]>>,
  over: Partial<Profile> = {},
): Profile {
  const share = (name: string, of: number | readonly [number, number]): FunctionShare => {
    const [value, calls] = typeof of === 'number' ? [of, 1] : of;
    return { name, value, calls };
  };
  return {
    label,
    boot: 'series',
    section: 'emit',
    variant: label,
    source: null,
    shares: Object.entries(shares).map(([name, of]) => share(name, of)),
    ...over,
  };
}

/** Of a command that passed and said nothing. */
export const DONE: ExecResult = {
  argv: [],
  cwd: undefined,
  exitCode: 0,
  signal: null,
  stdout: '',
  stderr: '',
  log: undefined,
  durationMs: 1,
  timedOut: false,
  aborted: false,
  failed: false,
};

/** A run of its own in `root`. @param said gets what is logged */
export function stage(root: string, said: LogEntry[] = [], dryRun = false): StageContext {
  return {
    root,
    log: (entry) => void said.push(entry),
    signal: new AbortController().signal,
    dryRun,
    run: dryRun ? planRun(root, 'dry') : openRun(root, 'bench'),
  };
}
