/** The patches of a series among the mails of an mbox: a thread of the list has answers, and other versions. Pure. */
import type { Problem } from '../lib/errors.ts';
import { isMailStart } from '../series/mailinfo.ts';

export interface Mail {
  /** Of its `From ` line in the file, from 1. */
  readonly line: number;
  /** Bytes, one a character. */
  readonly text: string;
}

/** As git mailsplit does it: a CR in front of a line's end is of the transport. */
export function splitMbox(content: Buffer): Mail[] {
  const lines = content.toString('latin1').replace(/\r\n/g, '\n').split('\n');
  const starts = lines.flatMap((line, index) => (isMailStart(line) ? [index] : []));
  return starts.map((start, index) => ({ line: start + 1, text: lines.slice(start, starts[index + 1]).join('\n') }));
}

export interface SubjectParts {
  readonly version: number;
  /** 0 is the cover letter. */
  readonly number: number;
  readonly total: number;
  readonly title: string;
}

/** `[RFC PATCH bpf-next v2 03/11] bpf: do the thing`; undefined for an answer, and for what is no patch. */
export function partsOf(subject: string): SubjectParts | undefined {
  const [, tags = '', title = ''] = /^((?:\[[^\]]*\]\s*)+)(.*)$/s.exec(subject.trim()) ?? [];
  if (!/\bPATCH\b/i.test(tags)) return undefined;
  const [, number = '1', total = '1'] = /\b(\d+)\/(\d+)\b/.exec(tags) ?? [];
  const version = /\bv(\d+)\b/i.exec(tags)?.[1] ?? '1';
  return { version: Number(version), number: Number(number), total: Number(total), title };
}

/** A mail that git mailinfo has read, and that has a diff. */
export interface PatchMail {
  readonly line: number;
  readonly parts: SubjectParts;
}

export interface Chosen<T> {
  /** In the order of their numbers. */
  readonly mails: readonly T[];
  readonly version: number;
  readonly others: readonly number[];
  readonly problems: readonly Problem[];
}

/** The numbers that a series of `total` patches has besides these. */
export function missingOf(numbers: readonly number[], total: number): number[] {
  return Array.from({ length: total }, (_, index) => index + 1).filter((number) => !numbers.includes(number));
}

/** The newest version that is there. A mail that came twice, through two lists or sent again, counts as its last. */
export function chooseSeries<T extends PatchMail>(mails: readonly T[], file: string): Chosen<T> {
  const versions = [...new Set(mails.map(({ parts }) => parts.version))].sort((a, b) => b - a);
  const [version = 1, ...others] = versions;
  const numbered = new Map<number, T>();
  for (const mail of mails) if (mail.parts.version === version) numbered.set(mail.parts.number, mail);
  const total = Math.max(0, ...[...numbered.values()].map(({ parts }) => parts.total));
  const chosen = [...numbered].sort(([a], [b]) => a - b).map(([, mail]) => mail);
  return {
    mails: chosen,
    version,
    others,
    problems: missingOf([...numbered.keys()], total).map((number) => ({
      code: 'MBOX_MISSING',
      message: `patch ${number} of ${total} is not there`,
      position: { file, line: chosen.findLast(({ parts }) => parts.number < number)?.line ?? 1 },
    })),
  };
}
