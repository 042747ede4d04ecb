import { z } from 'zod';

/**
 * What refresh writes, and what git format-patch may: a version in front, and no letter of a subject that has no Latin
 * one.
 */
const PATCH_FILE = /^(?:v\d+-)?(\d{4})-[A-Za-z0-9._-]*\.patch$/;
const AUTHOR = /^[^<>]*[^<> ] <[^<> ]+@[^<> ]+>$/;

/** Strings only: an abbreviated commit id such as 0123456 or 12345e7 must not become a number. */
const text = z.string().min(1);

/** Version prefix that the tree's Makefile must show, "6.12" for 6.12.117. */
const kernel = text.regex(/^\d+\.\d+(\.\d+)?$/, 'a kernel version such as "6.12"');
const debianEntry = z.strictObject({
  kernel,
  debian: text.regex(/^[a-z0-9][a-z0-9.+-]+$/, 'the name of a Debian package'),
  /** The suite of the configured mirror that has the package, where apt's own lists do not. */
  suite: text.regex(/^[a-z0-9-]+$/, 'the name of a Debian suite, such as trixie-backports').optional(),
});
const base = z.union([debianEntry, z.strictObject({ kernel, git: text, ref: text })]);

const patch = z.strictObject({
  id: text.regex(/^\d{2}$/, 'two digits in quotes, such as "03"'),
  file: text.regex(PATCH_FILE, 'a name such as 0003-bpf-do-the-thing.patch'),
  /** Topics that can run from this patch on; what no patch names needs all of them. */
  topics: z.array(text).optional(),
  /** Bases that do not have what the patch is about: there the series does without it. */
  except: z.array(text).optional(),
});

export const seriesSchema = z.strictObject({
  name: text.regex(/^[a-z][a-z0-9-]*$/, 'lower case letters, digits and dashes'),
  version: z.number().int().min(1),
  /** What stands in the brackets of a subject, before the version: "RFC PATCH bpf-next". */
  prefix: text,
  /** The `From:` of every patch; the sender puts a name there. */
  author: text.regex(AUTHOR, 'Name <address>'),
  cover: text,
  /** Name of the base that `apply` takes without --base. */
  base: text,
  /** A name is that of a directory, too. */
  bases: z.record(text.regex(/^[A-Za-z0-9][A-Za-z0-9._+-]*$/, 'a name such as v6.12'), base),
  patches: z.array(patch),
});

export type SeriesData = z.infer<typeof seriesSchema>;
export type DebianEntry = z.infer<typeof debianEntry>;
export type BaseEntry = z.infer<typeof base>;

/** The number that a patch file's name begins with. */
export function fileNumber(file: string): number {
  return Number(PATCH_FILE.exec(file)?.[1]);
}
