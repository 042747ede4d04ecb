/** What a client is, and the words in which its output is judged. Pure. */
import { createHash } from 'node:crypto';
import type { KernelTest } from '../records/regress.ts';

export type Read = Omit<KernelTest, 'suite'>;

/** A program that people use, what it is asked, and what its output says. */
export interface Client {
  /** The program. */
  readonly suite: string;
  /** What it is asked for. */
  readonly name: string;
  /** It is skipped where one of them cannot be had. */
  readonly packages: readonly string[];
  /** Of bash, in the guest root; its output is read. */
  readonly script: string;
  /** By the guest's own time. */
  readonly seconds: number;
  /** Results, each below the name of the client. */
  readonly read: (text: string) => readonly Read[];
}

export function check(name: string, ok: boolean, why: string): Read {
  return { name, status: ok ? 'passed' : 'failed', why: ok ? '' : why };
}

/** Of what there is in the output, by name: another content is another result. */
export function present(name: string): Read {
  return { name, status: 'passed', why: '' };
}

/** System calls of the workload: as many reads, and as many writes. */
export const CALLS = 5000;
/** Reads of the dynamic loader, and what dd says at its end. */
const OTHER_CALLS = 50;
export const WORK = `dd if=/dev/zero of=/dev/null bs=1 count=${CALLS} status=none`;

/** @param what was seen of the calls of the workload */
export function checkCalls(name: string, what: number): Read {
  const ok = what >= CALLS && what <= CALLS + OTHER_CALLS;
  return check(name, ok, `${what} of ${CALLS} calls were seen`);
}

/** The number that `pattern` has in its first group; NaN when it is not there. */
export function numberIn(text: string, pattern: RegExp): number {
  return Number(pattern.exec(text)?.[1] ?? Number.NaN);
}

/** The rest of the output behind the line `== NAME`. */
export function sectionOf(text: string, name: string): string {
  const [, behind = ''] = `\n${text}`.split(`\n== ${name}\n`);
  return behind.split(/^== /m)[0] ?? '';
}

/** All of an output that is determined, as one result: in `name` as well as a text has room there. */
export function whole(what: string, lines: readonly string[]): Read {
  const text = lines.join(' | ');
  const shown = text.length <= SHOWN_CHARACTERS ? text : `sha256 ${createHash('sha256').update(text).digest('hex')}`;
  return present(`${what}: ${lines.length} lines, ${shown}`);
}

const SHOWN_CHARACTERS = 400;
