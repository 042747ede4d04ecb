/** Writes the series as it would be sent. Nothing is sent: that is for a person, whose sign-off is asked for. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApplyRecord } from '../records/apply.ts';
import type { DiffRecord } from '../records/diff.ts';
import { WorkbenchError } from '../lib/errors.ts';
import { gitText } from '../lib/git.ts';
import { makeDir } from '../lib/make-dir.ts';
import { patchesDir, seriesFor, type Series } from '../series/load.ts';
import { fromUtf8, messageFault } from '../series/mailinfo.ts';
import { patchFileName } from '../series/patchfile.ts';
import { withReader } from '../series/reader.ts';
import { changesOf } from './changes.ts';
import {
  coverMail,
  coverTitle,
  mailFile,
  mbox,
  patchMail,
  recipientHeaders,
  subjectOf,
  type SeriesHead,
} from './mail.ts';
import { baseLines } from './public-base.ts';
import type { Recipient } from './recipients.ts';
import { NOT_TO_BE_SENT, NOT_TO_BE_SENT_HEADER, withSender } from './sender.ts';
import { messageIds, threadHeaders } from './thread.ts';

export interface ExportRecord {
  readonly stage: 'export';
  readonly base: { readonly origin: string; readonly commit: string; readonly tree: string };
  readonly head: string;
  readonly mbox: string;
  /** The cover letter and the patches, a file each, in order. */
  readonly files: readonly string[];
  readonly subjects: readonly string[];
  /** null when the mails say that they must not be sent. */
  readonly sender: string | null;
  readonly recipients: readonly Recipient[];
  /** In the order of the files. */
  readonly messageIds: readonly string[];
  /** The version that the cover letter compares with; null when there is none. */
  readonly since: string | null;
}

export interface ExportOptions {
  /** `Name <address>` of the person who signs off. */
  readonly sender?: string | undefined;
  readonly recipients?: readonly Recipient[];
  /** The version before against this one. */
  readonly since?: DiffRecord | undefined;
}

const STAT_ARGS = ['--stat=72', '--summary', '--no-color', '--find-renames=50%'] as const;
const COVER_FILE = '0000-cover-letter.patch';

export function headOf({ data, patches }: Series): SeriesHead {
  return { prefix: data.prefix, version: data.version, total: patches.length };
}

export function readCover(root: string, { data }: Series): string {
  const bytes = readFileSync(join(patchesDir(root), data.cover));
  const lines = bytes.toString('latin1').split('\n');
  const refuse = (line: number, message: string, next: string): WorkbenchError =>
    new WorkbenchError('E_SERIES', message, {
      position: { file: `patches/${data.cover}`, line, col: 1 },
      next: [next, 'then npm run export'].join(', '),
    });
  // a mail would have other bytes than the file
  const odd = lines.findIndex((line) => line.includes('\r') || line.includes('\0') || fromUtf8(line) === undefined);
  if (odd >= 0) throw refuse(odd + 1, 'this line is no text in UTF-8 with an LF at its end', 'convert the file');
  const text = bytes.toString();
  if (coverTitle(text) === '') throw refuse(1, 'the cover letter has no title', 'write it on the first line');
  // a diff in it would be applied with the mails
  const fault = messageFault(['', ...text.split('\n').slice(1)]);
  if (fault !== undefined) throw refuse(fault.line + 1, fault.message, fault.hint ?? '');
  return text;
}

/** Subjects in the order of the mails, the cover letter's first. */
export function subjects(root: string, series: Series): string[] {
  const head = headOf(series);
  return [coverTitle(readCover(root, series)), ...series.patches.map(({ subject }) => subject)].map((title, number) =>
    subjectOf(head, number, title),
  );
}

/** @param applied the commits of exactly these patches: they decide shortlog and diffstat */
export async function exportSeries(
  root: string,
  everywhere: Series,
  applied: ApplyRecord,
  dir: string,
  { sender, recipients = [], since }: ExportOptions = {},
): Promise<ExportRecord> {
  const series = seriesFor(everywhere, applied.base.name);
  if (series.patches.length === 0)
    throw new WorkbenchError('E_SERIES', 'the series has no patches', {
      position: { file: 'patches/series.yaml' },
      next: 'git checkout -- patches  # or, when the worktree has them as commits: npm run refresh',
    });
  const { base, head: commit, worktree } = applied;
  const head = headOf(series);
  const commits = applied.commits.map((entry) => entry.commit);
  const { author } = series.data;
  const [shortlog = '', diffstat = '', ...stats] = await withReader(worktree, async (reader) => {
    const mailmap = join(reader.dir, 'mailmap');
    writeFileSync(mailmap, sender === undefined ? '' : `${sender} ${/<.*>$/.exec(author)?.[0]}\n`);
    const names = ['-c', `mailmap.file=${mailmap}`, 'shortlog', '-w72,2,4', `${base.commit}..${commit}`];
    const texts = [await gitText(worktree, names), await reader.git('diff-tree', ...STAT_ARGS, base.commit, commit)];
    for (const one of commits) texts.push(await reader.git('diff-tree', '--no-commit-id', ...STAT_ARGS, one));
    return texts;
  });
  const text = readCover(root, series);
  const patches = series.patches.map((patch) => withSender(patch, author, sender));
  const ids = messageIds(series.data, patches.length, sender ?? author, [text, commit, patches, recipients, since]);
  const headersOf = (number: number): string[] => [
    ...recipientHeaders(recipients),
    ...threadHeaders(ids, number),
    ...(sender === undefined ? [NOT_TO_BE_SENT_HEADER] : []),
  ];
  const cover = {
    text,
    author: sender ?? author,
    shortlog,
    diffstat,
    headers: headersOf(0),
    notice: sender === undefined ? NOT_TO_BE_SENT.join('\n') : '',
    baseLines: await baseLines(applied),
    baseNote: isPublic(series, applied)
      ? ''
      : `The base is ${base.origin},\nthat is tree ${base.tree}.\n` +
        'The commit below is of an import of it and of no public repository.',
    ...(since === undefined ? {} : { changes: changesOf(since) }),
  };
  const mails: [string, Buffer][] = [[mailFile(head, COVER_FILE), coverMail(head, cover)]];
  for (const [index, { subject }] of series.patches.entries()) {
    const [patch, number] = [patches[index], index + 1];
    if (patch === undefined) continue;
    const name = mailFile(head, patchFileName(number, subject));
    mails.push([name, patchMail(head, number, patch, stats[index] ?? '', headersOf(number))]);
  }
  makeDir(join(dir, 'mails'));
  const files = mails.map(([name, content]) => {
    const path = join(dir, 'mails', name);
    writeFileSync(path, content);
    return path;
  });
  const whole = join(dir, 'series.mbox');
  writeFileSync(whole, mbox(mails.map(([, content]) => content)));
  const { origin, tree } = base;
  return {
    stage: 'export',
    base: { origin, commit: base.commit, tree },
    head: commit,
    mbox: whole,
    files,
    subjects: subjects(root, series),
    sender: sender ?? null,
    recipients,
    messageIds: ids,
    since: since?.old.name ?? null,
  };
}

/** A source package's commit is made here; that of a url or of a person's checkout may well be public. */
function isPublic({ data }: Series, { base }: ApplyRecord): boolean {
  const entry = data.bases[base.name];
  return base.personal || (entry !== undefined && 'git' in entry);
}
