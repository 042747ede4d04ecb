/** Headers of a file that git never writes: each is refused at its line, and nothing is made of it. */
import t from 'tap';
import { inspectPatch } from './patchfile.ts';

const HEAD = `From ${'0'.repeat(40)} Mon Sep 17 00:00:00 2001\nFrom: A B <a@b>\nSubject: ring: add\n\nWhy.\n---\n\n`;
const created = (name: string, mode = '100644', plus = `b/${name}`): string =>
  `diff --git a/${name} b/${name}\nnew file mode ${mode}\nindex 0000000..1111111\n` +
  `--- /dev/null\n+++ ${plus}\n@@ -0,0 +1 @@\n+int x;\n`;
const quoted = (name: string): string =>
  created('x').replace('a/x b/x', `"a/${name}" "b/${name}"`).replace('+++ b/x', `+++ "b/${name}"`);
const changed = (...lines: readonly string[]): string => ['diff --git a/r.c b/r.c', ...lines, ''].join('\n');
const renamed = (from: string, to: string, ...more: readonly string[]): string =>
  [`diff --git a/${from} b/${to}`, ...more, `rename from ${from}`, `rename to ${to}`, ''].join('\n');

const GONE = 'diff --git a/x b/x\ndeleted file mode 100644\n--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-int x;\n';

const FIRST = 8;
const refused: readonly (readonly [name: string, diff: string, line: number, words: RegExp])[] = [
  // git makes a directory of the file: a commit whose tree cannot be read
  ['the mode of a directory', created('x', '040000'), FIRST + 1, /no such mode: "new file mode 040000"/],
  ['a mode that git would change', created('x', '100600'), FIRST + 1, /100600/],
  ['a mode without a type', created('x', '000644'), FIRST + 1, /000644/],
  ['no octal mode', changed('old mode 100644', 'new mode 999999'), FIRST + 2, /999999/],
  ['a mode too short', changed('old mode 100644', 'new mode 755'), FIRST + 2, /"new mode 755"/],
  ['an odd mode behind the ids', created('x').replace('1111111', '1111111 100664'), FIRST + 2, /100664/],
  ['half a change of mode', changed('new mode 100755'), FIRST, /contradict/],
  ['a file that becomes a link', changed('old mode 100644', 'new mode 120000'), FIRST, /contradict/],
  ['a mode that stays', changed('old mode 100644', 'new mode 100644'), FIRST, /contradict/],
  ['two modes', created('x').replace('index', 'new file mode 100755\nindex'), FIRST, /contradict/],
  ['copied and renamed', renamed('r.c', 's.c').replace('rename from', 'copy from'), FIRST, /contradict/],
  ['a hook', created('.git/hooks/post-checkout'), FIRST, /no file of such a name: "\.git\/hooks/],
  ["git's own directory in another one", created('kernel/.GIT/config'), FIRST, /no file of such a name/],
  ["git's own directory, by another name", created('git~1/config'), FIRST, /no file of such a name/],
  ['a file outside', created('../evil'), FIRST, /no file of such a name: "\.\.\/evil"/],
  ['a file outside, quoted', quoted('\\056\\056/evil'), FIRST, /no file of such a name/],
  ['a file outside, renamed', renamed('../r.c', 's.c'), FIRST, /no file of such a name: "\.\.\/r\.c"/],
  ['a path from the root', created('/etc/evil'), FIRST, /no file of such a name: "\/etc/],
  ['an empty part of a path', created('kernel//x'), FIRST, /no file of such a name/],
  ['a directory', created('kernel/x/'), FIRST, /no file of such a name/],
  ['a NUL in a name', quoted('x\\000y'), FIRST, /names/],
  ['an escape that git has not', quoted('x\\qy'), FIRST, /names/],
  ['an escape that is too short', quoted('x\\7y'), FIRST, /names/],
  ['made twice', created('x') + created('x'), FIRST + 7, /second change of x/],
  ['made and removed', created('x') + GONE, FIRST + 7, /second change of x/],
  [
    'removed and changed',
    GONE + changed('old mode 100644', 'new mode 100755').replaceAll('r.c', 'x'),
    FIRST + 6,
    /second/,
  ],
  [
    'a file without its lines, of format-patch -D',
    'diff --git a/x b/x\ndeleted file mode 100644\nindex 1111111..0000000\n',
    FIRST,
    /cannot take x away without its lines; make the patch without -D/,
  ],
  [
    'a rewrite without the lines before, of format-patch -B -D',
    changed('dissimilarity index 98%', 'index 1111111..2222222 100644', '--- a/r.c', '+++ b/r.c') +
      '@@ -?,? +1 @@\n+int x;\n',
    FIRST,
    /without -D/,
  ],
  ['a tab that is not quoted', created('x\ty'), FIRST, /names/],
];
for (const [name, diff, line, words] of refused) {
  t.test(`refused: ${name}`, async (t) => {
    const { patch, problems } = inspectPatch(Buffer.from(HEAD + diff, 'latin1'), 'p');
    t.equal(patch, undefined);
    t.match(problems, [{ code: 'PATCH_DIFF', message: words, position: { line } }]);
    t.equal(problems.length, 1);
  });
}

const taken: readonly (readonly [name: string, diff: string, path: string])[] = [
  ['a link', created('x', '120000'), 'x'],
  ['a program', created('x', '100755'), 'x'],
  ['a commit of another repository', created('x', '160000'), 'x'],
  ['names that begin with dots', created('.gitattributes'), '.gitattributes'],
  ['a name of three dots', created('.../x'), '.../x'],
  ['all that has to be quoted', quoted('\\"\\\\\\t\\303\\251'), '"\\\té'],
  ['a rename with a change of mode', renamed('r.c', 's.c', 'old mode 100644', 'new mode 100755'), 's.c'],
  ['a file that becomes a link', GONE + created('x', '120000'), 'x'],
  ['an empty file that goes', 'diff --git a/x b/x\ndeleted file mode 100644\nindex e69de29..0000000\n', 'x'],
  ['an empty file that goes, without ids', 'diff --git a/x b/x\ndeleted file mode 100644\n', 'x'],
  ['two changes of one file', changed('old mode 100644', 'new mode 100755').repeat(2), 'r.c'],
  ['a name with a blank', created('a b', '100644', 'b/a b\t'), 'a b'],
];
for (const [name, diff, path] of taken) {
  t.test(`taken: ${name}`, async (t) => {
    const { patch, problems } = inspectPatch(Buffer.from(HEAD + diff, 'latin1'), 'p');
    t.strictSame(problems, []);
    t.strictSame([...new Set(patch?.files.map((file) => file.path))], [path]);
  });
}
