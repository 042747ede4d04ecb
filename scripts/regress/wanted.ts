/**
 * Which of the kernel's own tests judge the series: those that touch what it changes, and all of the verifier's. Pure.
 */
import { matchesGlob } from './glob.ts';

/** The suites, in the order in which they run. */
export const SUITES = ['test_progs', 'test_verifier', 'perf_events'] as const;
export type Suite = (typeof SUITES)[number];

/**
 * Files of tools/testing/selftests/bpf/prog_tests, without their `.c`. A name that a release does not have yet matches
 * nothing.
 */
export const PROG_TESTS: readonly string[] = [
  // the verifier: programs that say themselves what becomes of them
  'verifier*',
  // those that the series brings: the base has none of them
  'dtrace*',
  // tail calls, and what replaces or splits a program
  'tailcalls',
  'prog_array_init',
  'fexit_bpf2bpf',
  'summarization',
  // ways to run a tracing program
  'bpf_cookie',
  'attach_probe',
  'kprobe_multi*',
  'missed',
  'raw_tp_test_run',
  'recursion',
  'sleepable_tracepoints',
  'uprobe*',
  // perf events and ring buffers
  'get_stack_raw_tp',
  'get_stackid_cannot_attach',
  'pe_preserve_elems',
  'perf_buffer',
  'perf_event_stackmap',
  'ringbuf*',
  // program types by name, and helpers that change a context
  'libbpf_probes',
  'libbpf_str',
  'lwt_*',
  'xdp_adjust_*',
];

/** Of tools/testing/selftests/perf_events: rings that are mapped, signals and wake-ups of a ring, events that go. */
export const PERF_PROGRAMS: readonly string[] = ['mmap', 'remove_on_exec', 'sigtrap_threads', 'watermark_signal'];

/** A test of test_progs, and the file that defines it. */
export interface ProgTest {
  readonly name: string;
  /** Without `.c`. */
  readonly file: string;
}

const DEFINITION = /^void (?:serial_)?test_(\w+)\((?:void)?\)/gm;

/** As the Makefile of the tests reads them. @param sources text by name of the file without `.c` */
export function testsIn(sources: ReadonlyMap<string, string>): ProgTest[] {
  return [...sources]
    .flatMap(([file, text]) => [...text.matchAll(DEFINITION)].map(([, name = '']) => ({ name, file })))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

export interface Selection {
  readonly progs: readonly ProgTest[];
  readonly verifier: boolean;
  readonly perf: readonly string[];
  /** Patterns that named no test. */
  readonly unknown: readonly string[];
}

/** @param asked names or patterns of tests, or names of suites; none = everything wanted */
export function select(tests: readonly ProgTest[], asked: readonly string[]): Selection {
  if (asked.length === 0)
    return {
      progs: tests.filter(({ file }) => PROG_TESTS.some((pattern) => matchesGlob(file, pattern))),
      verifier: true,
      perf: PERF_PROGRAMS,
      unknown: [],
    };
  const isAsked = (name: string): boolean => asked.some((pattern) => matchesGlob(name, pattern));
  const progs = tests.filter(({ name }) => isAsked(name) || isAsked('test_progs'));
  const perf = PERF_PROGRAMS.filter((name) => isAsked(name) || isAsked('perf_events'));
  const known = [...SUITES, ...tests.map(({ name }) => name), ...PERF_PROGRAMS];
  const unknown = asked.filter((pattern) => !known.some((name) => matchesGlob(name, pattern)));
  return { progs, verifier: isAsked('test_verifier'), perf, unknown };
}

/** Patterns that name no test of either kernel: one that a single kernel has is new there, or has vanished. */
export function unknownToAll(selections: readonly Pick<Selection, 'unknown'>[]): string[] {
  const [first, ...others] = selections;
  return (first?.unknown ?? []).filter((name) => others.every(({ unknown }) => unknown.includes(name)));
}
