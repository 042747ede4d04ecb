/**
 * What of the kernel's tests does not build here, told from make's log, and what has to be taken out of the tree so
 * that the rest does: every test waits for the skeletons of all programs. Pure.
 */
import { isAbsolute } from 'node:path';
import { findFailure } from '../kernel/failure.ts';
import type { LeftOut } from '../records/regress.ts';

/** A target that make gave up, and the first words that say why. */
export interface Broken {
  readonly target: string;
  readonly reason: string;
}

const GAVE_UP = /^make(?:\[(\d+)\])?: \*\*\* \[[^\]]*: ([^\]]+)\] (?:Error|Deleting file|[A-Z])/;
const NO_RULE = /^make(?:\[\d+\])?: \*\*\* No rule to make target '([^']+)'(?:, needed by '([^']+)')?/;
/** `  CLNG-BPF [test_progs] name.bpf.o`: what follows is said of it. */
const BEGINS = /^ {2}[A-Z-]+ +(?:\[[^\]]+\] )?\S+$/;

/** @param log of make with --output-sync, so that what one target says stands together */
export function brokenTargets(log: string): Broken[] {
  const found = new Map<string, Broken>();
  let said: string[] = [];
  for (const line of log.split('\n')) {
    const [, level, target] = GAVE_UP.exec(line) ?? [];
    // a part of what the outer make then gives up: its name is relative to a directory that is not told
    if (level !== undefined && target !== undefined && !isAbsolute(target)) continue;
    const [, missing, needy = missing ?? ''] = NO_RULE.exec(line) ?? [];
    if (target !== undefined && !found.has(target))
      found.set(target, { target, reason: findFailure(said.join('\n')).message });
    if (missing !== undefined && !found.has(needy))
      found.set(needy, { target: needy, reason: `there is no ${baseOf(missing)}` });
    if (target !== undefined || BEGINS.test(line)) said = [];
    else said.push(line);
  }
  return [...found.values()];
}

const baseOf = (path: string): string => path.split('/').at(-1) ?? path;

const OBJECT = /^(.+?)\.(?:bpf\.o|skel\.h|subskel\.h|lskel\.h)$/;
/** Programs stand beside the tests, by their full path; what has a directory of its own has no file in progs. */
const ELSEWHERE = /^[^/]+\//;
const TEST_OBJECT = /^(.+)\.test\.[od]$/;
const LINKED = /(\w+)\.test\.o: in function `/g;

export interface Plan {
  /** Files below the directory of the tests that are deleted. */
  readonly remove: readonly string[];
  /** Targets, below that directory or by full path, that are made empty: what wants them fails there. */
  readonly empty: readonly string[];
  readonly leftOut: readonly LeftOut[];
}

/** @param users names of the files of prog_tests that include the skeleton of a program */
export function planLeaveOut(
  broken: readonly Broken[],
  log: string,
  users: (program: string) => readonly string[],
): Plan {
  const remove = new Map<string, string>();
  const empty: Broken[] = [];
  for (const { target, reason } of broken) {
    const name = baseOf(target);
    const [, program] = ELSEWHERE.test(target) ? [] : (OBJECT.exec(name) ?? []);
    const [, test] = TEST_OBJECT.exec(name) ?? [];
    if (program !== undefined) {
      remove.set(`progs/${program}.c`, reason);
      for (const user of users(program)) remove.set(`prog_tests/${user}.c`, `it needs progs/${program}.c: ${reason}`);
    } else if (test !== undefined) remove.set(`prog_tests/${test}.c`, reason);
    else if (name === 'test_progs')
      // what it calls was in a file that is left out
      for (const [, caller = ''] of log.matchAll(LINKED)) remove.set(`prog_tests/${caller}.c`, reason);
    else empty.push({ target, reason });
  }
  return {
    remove: [...remove.keys()],
    empty: empty.map(({ target }) => target),
    leftOut: [
      ...[...remove].map(([what, reason]) => ({ what, reason })),
      ...empty.map(({ target, reason }) => ({ what: baseOf(target), reason })),
    ],
  };
}
