/** Commits with any bytes in them: what refresh takes is the same commit again after git am, message and file. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { AM_ARGS } from '../apply/am.ts';
import { readCommits } from '../series/export.ts';
import { inspectPatch, mailFor } from '../series/patchfile.ts';
import { AUTHOR, git, SECONDS } from '../testing/project.ts';
import { planRefresh } from './refresh-plan.ts';

const pick = (...texts: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...texts);
const mostly = (usual: fc.Arbitrary<string>, odd: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof({ weight: 6, arbitrary: usual }, { weight: 1, arbitrary: odd });
const bytes = fc.uint8Array({ maxLength: 8 }).map((list) => Buffer.from(list).toString('latin1'));
const line = mostly(
  pick(
    'a\n',
    'int x;\n',
    '\n',
    ' \n',
    '-- \n',
    '--- a/x\n',
    '+++ b/x\n',
    '@@ -1 +1 @@\n',
    'From a@b Thu Jan  1 12:34:56 2024\n',
    'diff --git a/x b/x\n',
  ),
  fc.oneof(pick('caf\xe9\n', '\xef\xbf\xbd\n', 'a\rb\n', 'end', '\\ No newline\n'), pick('a\r\n', '\0\n'), bytes),
);
const content = fc.array(line, { minLength: 1, maxLength: 30, size: 'max' }).map((list) => list.join(''));
const subject = mostly(
  pick('ring: do', 'do', 'größe: 追加'),
  pick(
    '  do',
    'a  b',
    '[x] y',
    'Re: x',
    '=?UTF-8?q?x?=',
    ': x',
    'a\tb',
    '\u00a0x',
    'From: x',
    'x\ny',
    'caf\u00e9\u2028x',
    '\fx',
  ),
);
const words = mostly(
  pick('Because.\n', '\n', ' - item\n', 'größer\n', '\ttab\n', 'Signed-off-by: A <a@b>\n'),
  pick(
    'a  \n',
    '\n\n',
    '[PATCH] x\n',
    'From: x\n',
    '>From x\n',
    '---\n',
    '----\n',
    '--- x\n',
    'diff -x\n',
    'Index: x\n',
    '-- >8 --\n',
    'From a 11 12:34:56 2024\n',
    '\f\n',
    '\u2028\n',
    '\ufffd\n',
    ' \u00a0\n',
    'a\rb\n',
    '\v\n',
    '=3D\n',
  ),
);
const body = fc.array(words, { maxLength: 5, size: 'max' }).map((list) => list.join(''));
const COMMITS = 50;

const data = (text: Buffer): Buffer => Buffer.concat([Buffer.from(`data ${text.length}\n`), text, Buffer.from('\n')]);

/** Each commit changes a file of its own, so that one can be left out: half of what was there, and something new. */
function stream(commits: readonly (readonly [subject: string, body: string, before: string, after: string])[]): Buffer {
  const commit = (message: string, files: readonly string[]): Buffer =>
    Buffer.concat([
      Buffer.from(`commit refs/heads/work\ncommitter ${AUTHOR} ${SECONDS} +0000\n`),
      data(Buffer.from(message)),
      ...files.flatMap((text, index) =>
        text === '' ? [] : [Buffer.from(`M 100644 inline f${index}\n`), data(Buffer.from(text, 'latin1'))],
      ),
    ]);
  const base = commit(
    'base\n',
    commits.map(([, , before]) => before),
  );
  return Buffer.concat([
    base,
    Buffer.from('reset refs/heads/base\nfrom refs/heads/work\n'),
    ...commits.map(([head, text, before, after], index) =>
      commit(`${head} ${index}\n${text === '' ? '' : `\n${text}`}`, [...Array<string>(index).fill(''), before + after]),
    ),
  ]);
}

t.test('generated commits', async (t) => {
  const shares: number[] = [];
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(subject, body, content, content), { minLength: COMMITS, maxLength: COMMITS, size: 'max' }),
      async (commits) => {
        const dir = mkdtempSync(join(tmpdir(), 'refresh-am-'));
        try {
          git(dir, 'init', '-q', '--template=', '-b', 'other');
          execFileSync('git', ['fast-import', '--quiet'], { cwd: dir, input: stream(commits) });
          git(dir, 'checkout', '-q', '--detach', 'base');
          const read = await readCommits(dir, 'base', 'work');
          const plan = planRefresh({ author: AUTHOR, adopt: false, commits: read, existing: [], pending: [] });
          const refused = new Set(plan.problems.map(({ message }) => message.slice(0, 12)));
          const taken = plan.entries.filter(({ commit }) => !refused.has(commit?.slice(0, 12) ?? ''));
          const mails = taken.map(({ content: text }, index) => {
            const { patch } = inspectPatch(text, 'p');
            if (patch === undefined) throw new Error('taken, and not readable');
            writeFileSync(join(dir, `${index}.mail`), mailFor(patch, SECONDS));
            return `${index}.mail`;
          });
          git(dir, '-c', 'user.name=a', '-c', 'user.email=a@b', ...AM_ARGS, '-q', ...mails);
          const made = await readCommits(dir, 'base', 'HEAD');
          for (const [index, { commit }] of taken.entries()) {
            const [wanted, found] = [read.find((one) => one.commit === commit), made[index]];
            if (found?.message !== wanted?.message || found?.diff !== wanted?.diff)
              throw new Error(`wanted ${JSON.stringify(wanted)}\nfound ${JSON.stringify(found)}`);
          }
          shares.push(taken.length / COMMITS);
        } finally {
          rmSync(dir, { recursive: true, force: true });
        }
      },
    ),
    { numRuns: 1, endOnFailure: true },
  );
  t.ok(
    shares.every((share) => share > 0.1 && share < 0.9),
    `of the commits, a part of ${shares.join()} is taken`,
  );
});
