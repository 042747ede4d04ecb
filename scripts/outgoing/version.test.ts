/** Every kind of version is read as the same patches, and what cannot be read is refused with its place. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { silentLog, type LogEntry } from '../lib/log.ts';
import { only, run } from '../testing/command-line.ts';
import { sequence } from '../testing/pattern.ts';
import { commit, git, type Fixture } from '../testing/project.ts';
import { EDIT_1, failure, withSeries } from '../testing/series.ts';
import { editManifest } from '../testing/two-bases.ts';
import { chooseSeries, partsOf } from './mbox.ts';
import { defaultRevision, previousRevision, readFilesThere, readVersion } from './version.ts';

t.setTimeout(300_000);

const SUBJECTS = ['core: say five', 'ring: add a file', 'core: say twenty-five'];

/** A project in git, whose first version is the tag v1; it stands below the top of its repository. */
async function versions(t: Test): Promise<Fixture> {
  const f = await withSeries('versions');
  t.teardown(f.remove);
  git(f.dir, 'init', '-q', '-b', 'main');
  for (const [name, value] of [
    ['name', 'a'],
    ['email', 'a@b'],
  ])
    git(f.dir, 'config', `user.${name}`, value ?? '');
  git(f.dir, 'add', 'my project');
  git(f.dir, 'commit', '-q', '-m', 'first');
  git(f.dir, 'tag', 'v1');
  return f;
}

/** What `git format-patch` makes of the commits, with a cover letter. */
function formatPatches(f: Fixture, ...args: string[]): string[] {
  git(f.kernel, 'format-patch', '-q', '--cover-letter', '-o', join(f.dir, 'mails'), ...args, 'master..work');
  return readdirSync(join(f.dir, 'mails')).map((file) => join(f.dir, 'mails', file));
}

const mboxOf = (files: readonly string[]): string => files.map((file) => readFileSync(file, 'utf8')).join('');
const subjectsOf = (patches: readonly { subject: string }[]): string[] => patches.map(({ subject }) => subject);

t.test('a revision, a directory, an mbox and the files there are have the same patches', async (t) => {
  const f = await versions(t);
  const there = readFilesThere(f.project);
  t.match(there, { kind: 'files', label: 'v2' });
  t.strictSame(subjectsOf(there.patches), SUBJECTS);
  const mbox = join(f.dir, 'thread.mbox');
  const mails = formatPatches(f, '-v1');
  writeFileSync(mbox, mboxOf(mails));
  writeFileSync(`${mbox}.gz`, gzipSync(readFileSync(mbox)));
  writeFileSync(join(f.dir, 'crlf.mbox'), mboxOf(mails).replaceAll('\n', '\r\n'));
  const rows: readonly (readonly [word: string, kind: string, label: string])[] = [
    ['v1', 'revision', 'v2'],
    [join(f.project, 'patches'), 'directory', 'v2'],
    [join(f.dir, 'mails'), 'directory', 'v1'],
    [mbox, 'mbox', 'v1'],
    [`${mbox}.gz`, 'mbox', 'v1'],
    [join(f.dir, 'crlf.mbox'), 'mbox', 'v1'],
  ];
  for (const [word, kind, label] of rows) {
    const version = await readVersion(f.project, word, silentLog);
    t.match(version, { name: word, kind, label });
    t.strictSame(
      version.patches.map(({ subject, body, diff }) => ({ subject, body, diff: diff.replace(/^index .*\n/gm, '') })),
      there.patches.map(({ subject, body, diff }) => ({ subject, body, diff: diff.replace(/^index .*\n/gm, '') })),
      word,
    );
  }
});

t.test('bytes of any charset, transfer encodings and long subjects come through an mbox', async (t) => {
  const f = await versions(t);
  git(f.kernel, 'checkout', '-q', 'work');
  const long = `ring: ${'größe '.repeat(12).trim()}`;
  commit(f.kernel, `${long}\n\nFür alle: 環.`, { 'kernel/ring.c': 'x\n' });
  writeFileSync(join(f.kernel, 'kernel/core.c'), Buffer.from(`/* caf\xe9 */\n${EDIT_1}`, 'latin1'));
  git(f.kernel, 'commit', '-qam', 'core: bytes');
  const files = formatPatches(f);
  const [cover = '', ...patches] = files.map((file) => readFileSync(file));
  const quoted = (patches[3]?.toString() ?? '')
    .replace('8bit', 'quoted-printable')
    .replace(/\n\n[\s\S]*$/, (body) =>
      [...Buffer.from(body)]
        .map((byte) => (byte > 126 || byte === 61 ? `=${byte.toString(16).toUpperCase()}` : String.fromCharCode(byte)))
        .join(''),
    );
  const mbox = join(f.dir, 'odd.mbox');
  writeFileSync(
    mbox,
    Buffer.concat([
      ...[cover, ...patches.slice(0, 3)].map((mail) => Buffer.from(mail)),
      Buffer.from(quoted),
      ...patches.slice(4),
    ]),
  );
  const { patches: read } = await readVersion(f.project, mbox, silentLog);
  t.strictSame(subjectsOf(read), [...SUBJECTS, long, 'core: bytes']);
  t.match(read[3], { body: 'Für alle: 環.', author: 'dtrace-bpf <dtrace-bpf@localhost>' });
  t.match(read[4]?.diff, /^\+\/\* caf\xe9 \*\/$/m);
});

t.test('a thread of the list: answers, a mail that came twice, and an older version', async (t) => {
  const f = await versions(t);
  const old = mboxOf(formatPatches(f, '-v1'));
  rmSync(join(f.dir, 'mails'), { recursive: true });
  const [cover = '', one = '', two = '', three = ''] = formatPatches(f, '-v3').map((file) =>
    readFileSync(file, 'utf8'),
  );
  const answer = one
    .replace('Subject: ', 'Subject: Re: ')
    .replace(/\n\n[\s\S]*/, (body) => `\n\nLooks good.\n${body.trim().replace(/^/gm, '> ')}\n`);
  const mbox = join(f.dir, 'thread.mbox');
  const entries: LogEntry[] = [];
  writeFileSync(mbox, old + cover + three + one + answer + two + one);
  const version = await readVersion(f.project, mbox, (entry) => void entries.push(entry));
  t.equal(version.label, 'v3');
  t.strictSame(subjectsOf(version.patches), SUBJECTS, 'in the order of their numbers');
  t.strictSame(entries, [{ kind: 'note', text: `${mbox} has v1, v3; v3 is taken` }]);

  writeFileSync(mbox, cover + one + three);
  t.match(await failure(readVersion(f.project, mbox, silentLog)), {
    code: 'E_PATCH_FORMAT',
    position: { file: mbox, line: cover.split('\n').length },
    problems: [{ code: 'MBOX_MISSING', message: 'patch 2 of 3 is not there' }],
    next: /^less /,
  });
  const cut = two.slice(0, two.indexOf('+new line 2'));
  writeFileSync(mbox, cover + one + cut + three);
  t.match(await failure(readVersion(f.project, mbox, silentLog)), {
    code: 'E_PATCH_FORMAT',
    problems: [{ code: 'PATCH_TRUNCATED', position: { file: mbox, line: (cover + one).split('\n').length } }],
  });
});

t.test('subjects of mails, a row each', async (t) => {
  const rows: readonly (readonly [subject: string, parts: ReturnType<typeof partsOf>])[] = [
    ['[PATCH] a: b', { version: 1, number: 1, total: 1, title: 'a: b' }],
    ['[RFC PATCH bpf-next v2 03/11] a: b', { version: 2, number: 3, total: 11, title: 'a: b' }],
    ['[PATCH v10 0/2] a', { version: 10, number: 0, total: 2, title: 'a' }],
    ['[net-next] [patch V3 1/2] a: [b] c', { version: 3, number: 1, total: 2, title: 'a: [b] c' }],
    ['[PATCH 6.12 1/2] a', { version: 1, number: 1, total: 2, title: 'a' }],
    ['Re: [PATCH v2 1/2] a', undefined],
    ['[GIT PULL] a', undefined],
    ['a: PATCH', undefined],
  ];
  for (const [subject, parts] of rows) t.strictSame(partsOf(subject), parts, subject);
  t.match(chooseSeries([], 'x'), { mails: { length: 0 }, problems: { length: 0 } });
});

t.test('what cannot be read, a row each', async (t) => {
  const f = await versions(t);
  const at = (name: string, files: Readonly<Record<string, string | Buffer>>): string => {
    mkdirSync(join(f.dir, name));
    for (const [file, content] of Object.entries(files)) {
      mkdirSync(dirname(join(f.dir, name, file)), { recursive: true });
      writeFileSync(join(f.dir, name, file), content);
    }
    return join(f.dir, name);
  };
  const patch = readFileSync(join(f.project, 'patches/0001-core-say-five.patch'), 'utf8');
  git(f.dir, 'rm', '-rq', '--cached', '.');
  git(f.dir, 'commit', '-q', '--allow-empty', '-m', 'nothing');
  writeFileSync(join(f.dir, 'empty.mbox'), '');
  const rows: readonly (readonly [word: string, expected: object])[] = [
    ['nowhere', { code: 'E_USAGE', exitCode: 2, message: /^nowhere is no directory, no mbox, and no revision/ }],
    ['--all', { code: 'E_USAGE' }],
    [
      'HEAD',
      { code: 'E_USAGE', message: 'HEAD has no patches/', position: { file: 'HEAD:patches' }, next: /^git log/ },
    ],
    [join(f.dir, 'empty.mbox'), { code: 'E_PATCH_FORMAT', exitCode: 11, message: /^no patch in the 0 mails/ }],
    [at('none', {}), { code: 'E_PATCH_FORMAT', message: /has no patches$/ }],
    [
      at('two', { 'v1-0001-a.patch': patch, 'v2-0001-a.patch': patch }),
      { code: 'E_USAGE', position: { file: /v2-0001/ } },
    ],
    [
      at('cut', { '0001-a.patch': patch.slice(0, -20) }),
      { code: 'E_PATCH_FORMAT', position: { file: /0001-a\.patch/, line: Number }, problems: [{ code: /^PATCH_/ }] },
    ],
    [
      at('gap', { '0001-a.patch': patch, '0003-a.patch': patch }),
      { code: 'E_PATCH_FORMAT', exitCode: 11, problems: [{ message: 'patch 2 of 3 is not there' }] },
    ],
    [
      at('end', { 'v1-0001-a.patch': patch.replace('Subject: ', 'Subject: [PATCH v1 1/2] ') }),
      { code: 'E_PATCH_FORMAT', problems: [{ code: 'SERIES_FILE_MISSING', message: 'patch 2 of 2 is not there' }] },
    ],
    [
      at('half', { 'a.mbox.gz': gzipSync('From x').subarray(0, -9) }),
      { code: 'E_PATCH_FORMAT', message: /has no patches$/ },
    ],
    [
      join(f.dir, 'half/a.mbox.gz'),
      { code: 'E_PATCH_FORMAT', exitCode: 11, message: /a\.mbox\.gz cannot be unpacked: unexpected end of file$/ },
    ],
    [at('folder', { '0001-a.patch/file': '' }), { code: 'E_PATCH_FORMAT', message: /has no patches$/ }],
    [at('yaml', { 'series.yaml': 'patches: [' }), { code: 'E_SERIES', position: { line: 1 } }],
    [at('list', { 'series.yaml': 'version: 1\npatches: 3\n' }), { code: 'E_SERIES', position: { line: 2 } }],
    [at('out', { 'series.yaml': 'patches: [{file: ../x}]\n' }), { code: 'E_SERIES', position: { line: 1 } }],
    [
      at('gone', { 'series.yaml': 'patches:\n- file: 0001-a.patch\n' }),
      { code: 'E_PATCH_FORMAT', problems: [{ code: 'SERIES_FILE_MISSING' }] },
    ],
  ];
  for (const [word, expected] of rows) {
    const error = await failure(readVersion(f.project, word, silentLog));
    t.match(error, expected, word);
    t.match(error.next, /^(?:npm run|git|less|gzip|one version) ?/, word);
  }
});

t.test('without a word: the last tag, or what origin has; the tag of the version before', async (t) => {
  const f = await versions(t);
  t.equal(await defaultRevision(f.project), 'v1');
  t.equal(await previousRevision(f.project, { name: 'test', version: 2 }), 'v1');
  git(f.dir, 'tag', 'test-v1');
  t.equal(await previousRevision(f.project, { name: 'test', version: 2 }), 'test-v1');
  t.equal(await previousRevision(f.project, { name: 'test', version: 3 }), undefined);
  git(f.dir, 'tag', '-d', 'v1', 'test-v1');
  t.match(await failure(defaultRevision(f.project)), { code: 'E_USAGE', next: 'npm run diff -- --help' });
  git(f.dir, 'update-ref', 'refs/remotes/origin/main', 'HEAD');
  t.equal(await defaultRevision(f.project), 'origin/main');
});

t.test('the command: text, page and record of two versions', async (t) => {
  const f = await versions(t);
  const file = join(f.project, 'patches/0001-core-say-five.patch');
  writeFileSync(file, readFileSync(file, 'utf8').replace('+core line five', '+core line FIVE'));
  cpSync(join(f.project, 'patches'), join(f.dir, 'other'), { recursive: true });
  const text = await run(f.project, ['diff']);
  t.equal(text.code, 0, text.stderr);
  t.match(
    text.stdout,
    sequence(
      /^v1 \(v2 for v6\.12\) against patches \(v2 for v6\.12\)\n\n/,
      /1 1 {2}code {5}core: say five\n2 2 {2}same {5}ring: add a file\n/,
      /[\s\S]*\n3 patches: 2 same, 1 code\n\n/,
      /1: ! 1: core: say five\n {4}@@ kernel\/core\.c[^\n]*\n/,
      /[\s\S]*\n {4}-\+core line five\n {4}\+\+core line FIVE\n[\s\S]*\n2: = 2: ring: add a file\n/,
    ),
  );
  const [page = ''] = /\S.*diff\.html$/m.exec(text.stderr) ?? [];
  t.match(readFileSync(page, 'utf8'), /<span class="bad">code<\/span>[\s\S]*core line FIVE/);
  t.equal(readFileSync(page.replace('.html', '.txt'), 'utf8'), text.stdout);
  const json = only(t, await run(f.project, ['diff', 'v1', join(f.dir, 'other'), '--json']), 'diff');
  t.match(json, {
    stage: 'diff',
    old: { kind: 'revision', patches: 3 },
    new: { kind: 'directory', patches: 3 },
    rows: [{ word: 'code', message: false, text: /FIVE/ }, { word: 'same', text: '' }, { word: 'same' }],
  });
});

t.test(
  'of a base: what it has of its own, wherever the version is; else the primary base, and that is said',
  async (t) => {
    const f = await versions(t);
    const only73 = (text: string): string => text.replace('+new line 1\n', '+new line ONE\n');
    const patch = readFileSync(join(f.project, 'patches/0002-ring-add-a-file.patch'), 'utf8');
    editManifest(f, (text) =>
      text.replace('patches:', '  v7.3:\n    kernel: "7.3"\n    debian: linux-source-0.3\npatches:'),
    );
    mkdirSync(join(f.project, 'patches/v7.3'));
    writeFileSync(join(f.project, 'patches/v7.3/0002.diff'), only73(patch.slice(patch.indexOf('diff --git '))));
    const more = patch.replace('add a file', 'more').replaceAll('new.c', 'more.c').replaceAll('+new line', '+int more');
    writeFileSync(join(f.project, 'patches/v7.3/0002a-ring-more.patch'), more);
    git(f.dir, 'add', 'my project');
    git(f.dir, 'commit', '-q', '-m', 'two bases');
    const [first = '', second = '', third = ''] = SUBJECTS;
    const both = [first, second, 'ring: more', third];
    const rows: readonly (readonly [word: string, base: string | undefined, subjects: string[], of: string])[] = [
      ['HEAD', 'v7.3', both, 'v7.3'],
      [join(f.project, 'patches'), 'v7.3', both, 'v7.3'],
      ['HEAD', undefined, SUBJECTS, 'v6.12'],
      ['v1', 'v7.3', SUBJECTS, 'v6.12'],
    ];
    for (const [word, base, subjects, of] of rows) {
      const version = await readVersion(f.project, word, silentLog, base);
      t.strictSame([subjectsOf(version.patches), version.base], [subjects, of], `${word} ${base}`);
      t.equal(version.patches[1]?.diff.includes('new line ONE'), of === 'v7.3');
    }
    t.strictSame(subjectsOf(readFilesThere(f.project, 'v7.3').patches), both);
    const text = await run(f.project, ['diff', 'v1', '--base', 'v7.3']);
    t.match(
      text.stdout,
      /^v1 \(v2 for v6\.12\) against patches \(v2 for v7\.3\)\n[\s\S]*\n4 patches: 2 same, 1 code, 1 added\n/,
    );
    t.match((await run(f.project, ['diff', 'HEAD', '--base', 'v7.3'])).stdout, /\n4 patches: 4 same\n/);
    t.match(await run(f.project, ['diff', 'HEAD', '--base', 'v7.4']), {
      code: 2,
      stderr: /^E_USAGE: neither HEAD nor patches has a base v7\.4\n/m,
    });
    writeFileSync(join(f.project, 'patches/v7.3/0009.diff'), patch);
    t.match(await failure(readVersion(f.project, join(f.project, 'patches'), silentLog, 'v7.3')), {
      code: 'E_PATCH_FORMAT',
      problems: [{ code: 'OVERLAY_NUMBER', position: { file: join(f.project, 'patches/v7.3/0009.diff') } }],
    });
  },
);
