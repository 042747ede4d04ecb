/**
 * The series as mails: what `git format-patch --cover-letter` makes of commits, made of patch files with their notes.
 * Pure.
 */
import { formatPatch, type Patch } from '../series/patchfile.ts';
import type { Recipient } from './recipients.ts';

export interface SeriesHead {
  /** "RFC PATCH bpf-next": what stands in the brackets before the version. */
  readonly prefix: string;
  readonly version: number;
  readonly total: number;
}

/** `[RFC PATCH bpf-next v2 03/11] bpf: do the thing`. A first version has no number. */
export function subjectOf({ prefix, version, total }: SeriesHead, number: number, title: string): string {
  const width = String(total).length;
  const tag = [prefix, ...(version > 1 ? [`v${version}`] : []), `${String(number).padStart(width, '0')}/${total}`].join(
    ' ',
  );
  return `[${tag}] ${title}`;
}

/** In one line, however long: b4 am of 0.12 ends at a folded one. git am and readers take up to 998 columns. */
function subjectHeader(head: SeriesHead, number: number, title: string): string {
  return `Subject: ${subjectOf(head, number, encodeText(title))}`;
}

/** A word of RFC 2047 takes at most 75 bytes, and three for each byte of UTF-8. */
const WORD_BYTES = 18;

/** ASCII, without what a reader would decode: git encodes both. */
const isPlain = (text: string): boolean => /^[\x00-\x7f]*$/.test(text) && !text.includes('=?');

/** A header's text as mail carries it: what is not ASCII in encoded words. */
export function encodeText(text: string): string {
  if (isPlain(text)) return text;
  const words: Buffer[] = [];
  for (const character of text) {
    const bytes = Buffer.from(character);
    const last = words.at(-1);
    if (last === undefined || last.length + bytes.length > WORD_BYTES) words.push(bytes);
    else words[words.length - 1] = Buffer.concat([last, bytes]);
  }
  const hex = (byte: number): string => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  const encode = (bytes: Buffer): string =>
    bytes.toString('latin1').replace(/[^A-Za-z0-9]/g, (c) => hex(c.charCodeAt(0)));
  return words.map((bytes) => `=?UTF-8?q?${encode(bytes)}?=`).join(' ');
}

/**
 * `Name <address>`, with the name encoded or in quotes where it has to be: of `Doe, Jane <jane@x.org>` readers would
 * make two addresses.
 */
export function encodeAddress(who: string): string {
  const [, name, address] = /^"?(.*?)"? (<[^<>]+>)$/.exec(who) ?? [];
  if (name === undefined) return who;
  if (!isPlain(name)) return `${encodeText(name)} ${address}`;
  const special = /[()<>[\]:;@\\,."]/.test(name) && !who.startsWith('"');
  return special ? `"${name.replace(/[\\"]/g, '\\$&')}" ${address}` : who;
}

/** To: and Cc:, one address a line: a person deletes lines. */
export function recipientHeaders(recipients: readonly Pick<Recipient, 'header' | 'who'>[]): string[] {
  return (['To', 'Cc'] as const).flatMap((header) => {
    const all = recipients.filter((one) => one.header === header).map(({ who }) => encodeAddress(who));
    return all.length === 0 ? [] : [`${header}: ${all.join(',\n ')}`];
  });
}

/** A patch as it is sent: the stored file with its number, and with git's diffstat below the notes. */
export function patchMail(
  head: SeriesHead,
  number: number,
  patch: Patch,
  diffstat: string,
  more: readonly string[] = [],
): Buffer {
  const subject = subjectHeader(head, number, patch.subject);
  return formatPatch(patch, {
    headers: [`From: ${encodeAddress(patch.author)}`, ...more, subject],
    stat: diffstat.trimEnd(),
  });
}

export interface Cover {
  /** cover-letter.md: the title, an empty line, the text. */
  readonly text: string;
  readonly author: string;
  readonly shortlog: string;
  readonly diffstat: string;
  /** `base-commit:`, and what else git format-patch --base says. */
  readonly baseLines: readonly string[];
  /** What the base is, when its commit is not public. */
  readonly baseNote: string;
  /** Headers besides From: and Subject:. */
  readonly headers?: readonly string[];
  /** What stands in front of the text. */
  readonly notice?: string;
  /** About the version before. */
  readonly changes?: { readonly table: string; readonly rangeDiff: string };
}

export function coverTitle(text: string): string {
  return text.split('\n', 1)[0]?.trim() ?? '';
}

/** Mail 0. Its end is what tools look for: shortlog, diffstat, base-commit. */
export function coverMail(head: SeriesHead, cover: Cover): Buffer {
  const { author, changes, headers = [] } = cover;
  const parts = [
    cover.notice ?? '',
    cover.text.split('\n').slice(1).join('\n').trim(),
    changes?.table ?? '',
    cover.shortlog.trim(),
    cover.diffstat.trimEnd(),
    changes?.rangeDiff ?? '',
    [...(cover.baseNote === '' ? [] : [cover.baseNote]), ...cover.baseLines].join('\n'),
  ];
  const body = parts.filter((part) => part !== '').join('\n\n');
  const plain = /^[\x00-\x7f]*$/.test(body + author + coverTitle(cover.text));
  return Buffer.from(
    [
      `From ${'0'.repeat(40)} Mon Sep 17 00:00:00 2001`,
      `From: ${encodeAddress(author)}`,
      ...headers,
      subjectHeader(head, 0, coverTitle(cover.text)),
      ...(plain
        ? []
        : ['MIME-Version: 1.0', 'Content-Type: text/plain; charset=UTF-8', 'Content-Transfer-Encoding: 8bit']),
      '',
      body,
      '',
    ].join('\n'),
  );
}

/** An empty line before each `From ` line, as the format asks; a mail's own last line may be a blank of its diff. */
export function mbox(mails: readonly Buffer[]): Buffer {
  return Buffer.concat(mails.flatMap((mail) => [mail, Buffer.from('\n')]));
}

/** `v2-0003-bpf-do-the-thing.patch`, as git names it. */
export function mailFile({ version }: SeriesHead, file: string): string {
  return version > 1 ? `v${version}-${file}` : file;
}
