/** All clients, in the order in which they run. Pure. */
import { matchesGlob } from '../regress/glob.ts';
import { BCC } from './bcc.ts';
import { BPFTOOL } from './bpftool.ts';
import { BPFTRACE } from './bpftrace.ts';
import type { Client } from './client.ts';
import { DTRACE } from './dtrace.ts';
import { PERF } from './perf.ts';
import { PERF_BUFFER } from './perf-buffer.ts';

export const CLIENTS: readonly Client[] = [...BPFTRACE, ...PERF, ...PERF_BUFFER, ...BPFTOOL, ...BCC, ...DTRACE];

export interface Asked {
  readonly clients: readonly Client[];
  /** Patterns that named none. */
  readonly unknown: readonly string[];
}

/** @param patterns of suites or of names; none = all */
export function select(patterns: readonly string[], all: readonly Client[] = CLIENTS): Asked {
  const isAsked = ({ suite, name }: Client, pattern: string): boolean =>
    matchesGlob(suite, pattern) || matchesGlob(name, pattern);
  return {
    clients: all.filter((one) => patterns.length === 0 || patterns.some((pattern) => isAsked(one, pattern))),
    unknown: patterns.filter((pattern) => !all.some((one) => isAsked(one, pattern))),
  };
}
