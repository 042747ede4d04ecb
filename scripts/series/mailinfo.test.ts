/** "What we read" is "what git does": generated patch files, read by inspectPatch and by git's own programs. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { patchFile } from '../testing/patch-files.ts';
import { stripSpace } from './mailinfo.ts';
import { formatPatch, inspectPatch, mailFor, messageOf, type Patch } from './patchfile.ts';

interface Read {
  readonly subject: string;
  readonly author: string;
  readonly message: string;
  readonly files: readonly string[];
}

/**
 * mailsplit takes all files in one process, as am does, mailinfo and apply a mail each; one that git refuses has no
 * reading.
 */
function readByGit(dir: string, files: readonly Buffer[]): (Read | undefined)[] {
  mkdirSync(dir);
  const names = files.map((content, index) => {
    writeFileSync(join(dir, `${index}.mail`), content);
    return `${index}.mail`;
  });
  const count = execFileSync(
    'bash',
    [
      '-c',
      `
    git mailsplit -d4 -o. -b "$@"
    for mail in [0-9][0-9][0-9][0-9]; do
      git mailinfo -b --no-scissors $mail.msg $mail.patch < $mail > $mail.info &&
        git apply --numstat -z $mail.patch > $mail.numstat || rm -f $mail.numstat
    done 2>> errors`,
      'bash',
      ...names,
    ],
    {
      cwd: dir,
      encoding: 'utf8',
      env: {
        PATH: process.env['PATH'],
        HOME: dir,
        LC_ALL: 'C',
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_CEILING_DIRECTORIES: dirname(dir),
      },
    },
  );
  if (Number(count) !== files.length) throw new Error(`git finds ${count.trim()} mails in ${files.length} files`);
  return files.map((_, index) => readingOf(join(dir, String(index + 1).padStart(4, '0'))));
}

function readingOf(mail: string): Read | undefined {
  if (!existsSync(`${mail}.numstat`)) return undefined;
  const text = (what: string): string => readFileSync(`${mail}.${what}`, 'utf8');
  const field = (name: string): string =>
    [...text('info').matchAll(new RegExp(`^${name}: (.*)$`, 'gm'))].map(([, value]) => value).join('\n');
  return {
    subject: field('Subject'),
    author: `${field('Author')} <${field('Email')}>`,
    message: stripSpace(`${field('Subject')}\n\n${text('msg')}`),
    files: numstat(text('numstat')),
  };
}

/** ADDED TAB REMOVED TAB NAME NUL, or with two names behind an empty one for a rename. */
function numstat(text: string): string[] {
  return [...text.matchAll(/(\d+)\t(\d+)\t(?:\0[^\0]*\0)?([^\0]*)\0/g)].map(
    ([, added, removed, name]) => `${added} ${removed} ${name}`,
  );
}

function ourReading(patch: Patch): Read {
  return {
    subject: patch.subject,
    author: patch.author,
    message: messageOf(patch).slice(0, -1),
    files: patch.files.map(({ added, removed, path }) => `${added} ${removed} ${path}`),
  };
}

const BATCH = 150;

t.test('a patch file that is taken is what git makes of it, and so is the mail that is made of it', async (t) => {
  const shares: number[] = [];
  fc.assert(
    fc.property(fc.array(patchFile, { minLength: BATCH, maxLength: BATCH, size: 'max' }), (files) => {
      const dir = mkdtempSync(join(tmpdir(), 'mailinfo-'));
      try {
        const taken = files.flatMap((content) => {
          const { patch, problems } = inspectPatch(content, 'p');
          if (patch === undefined && !problems.every(({ message }) => message !== ''))
            throw new Error('refused without a reason');
          return patch === undefined ? [] : [{ content, patch }];
        });
        const raw = readByGit(
          join(dir, 'raw'),
          taken.map(({ content }) => content),
        );
        const mails = readByGit(
          join(dir, 'mails'),
          taken.map(({ patch }) => mailFor(patch, 1_700_000_000)),
        );
        for (const [index, { content, patch }] of taken.entries()) {
          const shown = content.toString('latin1');
          same(raw[index], ourReading(patch), shown);
          same(mails[index], ourReading(patch), shown);
          const stored = inspectPatch(formatPatch(patch), 'p').patch;
          same({ ...stored, files: [] }, { ...patch, files: [] }, shown);
        }
        shares.push(taken.length / BATCH);
      } finally {
        rmSync(dir, { recursive: true, force: true });
      }
    }),
    { numRuns: 1, endOnFailure: true },
  );
  // the claim is empty when all are refused
  t.ok(
    shares.every((share) => share > 0.1 && share < 0.9),
    `of the files, a part of ${shares.join()} is taken`,
  );
});

function same(found: unknown, wanted: unknown, shown: string): void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (a !== b) throw new Error(`git: ${a}\nwe:  ${b}\n${shown}`);
}
