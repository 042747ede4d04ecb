/** Mails of `git format-patch`, as they are: every one is taken, with the summary that git has put above the diff. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { AUTHOR, git, SECONDS } from '../testing/project.ts';
import { formatPatch, inspectPatch } from './patchfile.ts';

/** What is at a path after a commit: nothing, or a mode and what is in it. */
type Entry = readonly [mode: '' | '100644' | '100755' | '120000', text: string];

const PATHS = ['kernel/a', 'kernel/b', 'link', 'z'];
const COMMITS = 40;
const lines = fc
  .array(fc.constantFrom('a\n', 'b\n', 'int x;\n', '\n', '-- \n', 'end'), { minLength: 1, maxLength: 20, size: 'max' })
  .map((list) => list.join(''));
const entry: fc.Arbitrary<Entry> = fc.oneof(
  fc.constant<Entry>(['', '']),
  fc.constant<Entry>(['100644', '']),
  fc.tuple(fc.constantFrom('100644', '100755'), lines),
  fc.tuple(fc.constant('120000'), fc.constantFrom('ring.c', '../other', 'kernel/a')),
);
const trees = fc.array(fc.tuple(entry, entry, entry, entry), { minLength: COMMITS, maxLength: COMMITS, size: 'max' });

function stream(commits: readonly (readonly Entry[])[]): string {
  const data = (text: string): string => `data ${text.length}\n${text}\n`;
  const commit = (message: string, entries: readonly Entry[]): string =>
    `commit refs/heads/work\ncommitter ${AUTHOR} ${SECONDS} +0000\n${data(message)}` +
    entries
      .map(([mode, text], index) => `${mode === '' ? 'D' : `M ${mode} inline`} ${PATHS[index]}\n${mode && data(text)}`)
      .join('');
  const work = commits.map((entries, index) => commit(`do ${index}`, entries)).join('');
  return `${commit('base', [])}reset refs/heads/base\nfrom refs/heads/work\n${work}`;
}

/** @param see what is done with each mail */
function withMails(commits: readonly (readonly Entry[])[], args: readonly string[], see: (mail: Buffer) => void): void {
  const dir = mkdtempSync(join(tmpdir(), 'raw-mails-'));
  try {
    git(dir, 'init', '-q', '--template=', '-b', 'other');
    execFileSync('git', ['fast-import', '--quiet'], { cwd: dir, input: stream(commits) });
    git(dir, 'format-patch', '-q', '-o', 'mails', ...args, 'base..work');
    for (const name of readdirSync(join(dir, 'mails')).sort()) see(readFileSync(join(dir, 'mails', name)));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const summary = (mail: Buffer): string | undefined => /^ \d+ files? changed.*$/m.exec(mail.toString('latin1'))?.[0];
const OPTIONS = [[], ['--no-renames'], ['-M', '-C', '-B'], ['--full-index', '--no-stat', '--shortstat']];

t.test('generated changes, of kind too', async (t) => {
  let pairs = 0;
  fc.assert(
    fc.property(trees, fc.constantFrom(...OPTIONS), (commits, args) =>
      withMails(commits, args, (mail) => {
        const { patch, problems } = inspectPatch(mail, 'p');
        if (patch === undefined) throw new Error(`${JSON.stringify(problems)}\n${mail.toString('latin1')}`);
        if (summary(formatPatch(patch)) !== summary(mail)) throw new Error(`another summary\n${mail.toString()}`);
        if (new Set(patch.files.map(({ path }) => path)).size < patch.files.length) pairs++;
      }),
    ),
    { numRuns: 4, endOnFailure: true },
  );
  t.ok(pairs > 10, `${pairs} mails in which a file becomes a link, or a link a file`);
});

t.test('what -D leaves out is called so', async (t) => {
  const commits: Entry[][] = [[['100644', 'a\n']], [['', '']], [['100644', 'a\n']], [['120000', 'z']]];
  const found: unknown[] = [];
  withMails(commits, ['-D'], (mail) => found.push(inspectPatch(mail, 'p').problems[0]?.message));
  const message = /cannot take kernel\/a away without its lines; make the patch without -D/;
  t.match(found, [undefined, message, undefined, message]);
});
