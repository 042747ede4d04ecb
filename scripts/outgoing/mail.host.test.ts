/**
 * The mails as the tools of their readers take them: git send-email, which says what it would send, b4, git am, and a
 * reader that threads. Nothing is sent: the program that would do it records that it was started.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ensureTools } from '../host/install.ts';
import { exec, must, type ExecResult } from '../lib/exec.ts';
import { silentLog } from '../lib/log.ts';
import type { ApplyRecord } from '../records/apply.ts';
import { loadSeries } from '../series/load.ts';
import { git, type Fixture } from '../testing/project.ts';
import { apply, withSeries } from '../testing/series.ts';
import { exportSeries, type ExportRecord } from './export.ts';
import { compareVersions } from './range-diff.ts';
import { parseRecipients } from './recipients.ts';
import { NOT_TO_BE_SENT, NOT_TO_BE_SENT_HEADER } from './sender.ts';
import { filesThere, readVersion } from './version.ts';
import { sequence } from '../testing/pattern.ts';

t.setTimeout(600_000);

const SENDER = 'Jörg Doe <jorg@example.org>';
const SAID = `Ann Ä. Maintainer <ann@x.org> (maintainer:CORE)
"Doe, John" <john@x.org> (supporter:RING)
Rea Viewer <rea@x.org> (reviewer:RING)
linux@x.org (open list)
`;
const LONG = `core: say twenty-five, ${'and so on '.repeat(6).trim()}`;

interface Sent {
  readonly f: Fixture;
  readonly applied: ApplyRecord;
  readonly record: ExportRecord;
  /** A home without settings of a person. */
  run(argv: readonly string[], cwd: string): Promise<ExecResult>;
}

/** A second version: other words in the first patch, letters that are not ASCII, notes, and a long subject. */
async function mails(t: Test, sender: string | undefined): Promise<Sent> {
  const f = await withSeries('mail');
  t.teardown(f.remove);
  // without them no statement about them can be made: an error, and no skip
  await ensureTools('mail', f.context);
  const old = join(f.dir, 'first');
  git(f.kernel, 'format-patch', '-q', '-o', old, 'master..work');
  const change = (file: string, from: string, to: string): void => {
    const path = join(f.project, 'patches', file);
    writeFileSync(path, readFileSync(path, 'utf8').replace(from, to));
  };
  change('0001-core-say-five.patch', 'Because it is nicer.', 'Because it is nicer: größer.');
  change(
    '0001-core-say-five.patch',
    '\n\n',
    '\nMIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n\n',
  );
  change('0002-ring-add-a-file.patch', '---\n', '---\n\nv2: a note\n');
  change('0003-core-say-twenty-five.patch', 'core: say twenty-five', LONG);
  writeFileSync(
    join(f.project, 'patches/cover-letter.md'),
    `a title: ${'so long '.repeat(9).trim()}\n\nWhy all this.\n`,
  );
  const series = loadSeries(f.project);
  const applied = await apply(f);
  const record = await exportSeries(f.project, series, applied, f.dir, {
    sender,
    recipients: parseRecipients(SAID),
    since: await compareVersions(await readVersion(f.project, old, silentLog), filesThere(series)),
  });
  const home = join(f.dir, 'home');
  mkdirSync(home);
  writeFileSync(
    join(home, '.gitconfig'),
    '[user]\n\tname = Sam Sender\n\temail = sam@x.org\n[b4]\n\tattestation-policy = off\n',
  );
  const env = { HOME: home, GIT_CONFIG_GLOBAL: join(home, '.gitconfig'), XDG_DATA_HOME: home, XDG_CACHE_HOME: home };
  return { f, applied, record, run: async (argv, cwd) => exec(argv, { cwd, env }) };
}

/** A reviewer's clone of the base. */
function clone({ f }: Sent, name: string): string {
  git(f.dir, 'clone', '-q', f.kernel, name);
  return join(f.dir, name);
}

function appliedAs(t: Test, { applied }: Sent, dir: string): void {
  t.equal(git(dir, 'rev-parse', 'HEAD^{tree}').trim(), applied.tree, 'the tree that apply made');
  t.strictSame(git(dir, 'log', '-3', '--reverse', '--format=%s').trim().split('\n'), [
    'core: say five',
    'ring: add a file',
    LONG,
  ]);
  t.strictSame(git(dir, 'log', '-3', '--format=%an <%ae>').trim().split('\n'), [SENDER, SENDER, SENDER]);
  const messages = git(dir, 'log', '-3', '--format=%b%x00')
    .split('\0', 3)
    .map((text) => text.trim());
  for (const message of messages) t.match(message, new RegExp(`(?:^|\\n\\n)Signed-off-by: ${SENDER}$`));
  t.match(messages[2], /^Because it is nicer: größer\.\n\n/);
  t.notMatch(messages.join(''), /a note|files? changed|Range-diff/);
}

t.test('git am: the tree is that of apply, the author is the sender, and each patch is signed off', async (t) => {
  const sent = await mails(t, SENDER);
  for (const [name, files] of [
    ['whole', [sent.record.mbox]],
    ['single', sent.record.files.slice(1)],
  ] as const) {
    const dir = clone(sent, name);
    const am = await sent.run(['git', 'am', '--quiet', '--empty=drop', ...files], dir);
    t.equal(am.exitCode, 0, am.stderr);
    appliedAs(t, sent, dir);
  }
});

t.test('b4 am takes the mbox, knows the base, and git am of what it makes has the same tree', async (t) => {
  const sent = await mails(t, SENDER);
  const dir = clone(sent, 'b4');
  const out = join(sent.f.dir, 'out');
  mkdirSync(out);
  const b4 = await sent.run(
    ['b4', 'am', '--use-local-mbox', sent.record.mbox, '--outdir', out, '--no-add-trailers'],
    dir,
  );
  t.equal(b4.exitCode, 0, b4.stderr);
  t.match(b4.stderr, /Total patches: 3$/m);
  t.match(b4.stderr, /^ *Base: .*[0-9a-f]{8}/m);
  const made = readdirSync(out);
  const [mbx = ''] = made.filter((file) => file.endsWith('.mbx'));
  const am = await sent.run(['git', 'am', '--quiet', join(out, mbx)], dir);
  t.equal(am.exitCode, 0, am.stderr);
  appliedAs(t, sent, dir);
  const [cover = ''] = made.filter((file) => file.endsWith('.cover'));
  t.match(
    readFileSync(join(out, cover), 'utf8'),
    sequence(
      /Why all this\.\n\nChanges since first\n-+\n\n3 patches: 1 same, 2 message\.\n\n/,
      / {2}1 1 {2}message {2}core: say five\n/,
      /[\s\S]*Range-diff against first:\n1: ! 1: core: say five\n {4}@@ Metadata\n/,
    ),
  );
});

t.test('git send-email --dry-run: sender, recipients and thread of each mail, and nothing is sent', async (t) => {
  const sent = await mails(t, SENDER);
  const [server, trace] = [join(sent.f.dir, 'server'), join(sent.f.dir, 'started')];
  writeFileSync(server, `#!/bin/sh\ntouch '${trace}'\n`, { mode: 0o755 });
  const argv = ['git', 'send-email', '--dry-run', '--confirm=never', `--smtp-server=${server}`, ...sent.record.files];
  const said = await sent.run(argv, clone(sent, 'send'));
  t.equal(said.exitCode, 0, said.stderr);
  const each = said.stdout.split(/^Dry-OK\. Log says:$/m).slice(1);
  t.equal(each.length, 4);
  const ids = sent.record.messageIds;
  for (const [number, text] of each.entries()) {
    const header = (name: string): string =>
      (new RegExp(`^${name}: (.*(?:\\n\\s+.*)*)$`, 'm').exec(text)?.[1] ?? '').replace(/\n\s+/g, ' ');
    t.match(text, /^Result: OK$/m);
    t.equal(header('To'), '=?UTF-8?q?Ann=20=C3=84=2E=20Maintainer?= <ann@x.org>, "Doe, John" <john@x.org>');
    t.match(header('Cc'), /Rea Viewer <rea@x\.org>/);
    t.match(header('Cc'), /\blinux@x\.org$/);
    t.equal(header('Message-I[dD]'), ids[number]);
    t.equal(header('In-Reply-To'), number === 0 ? '' : ids[0]);
    t.equal(header('References'), number === 0 ? '' : ids[0]);
  }
  t.notOk(existsSync(trace), 'the program that sends was not started');
});

t.test('git send-email takes a name with a comma for one person', async (t) => {
  const sent = await mails(t, 'Doe, Jane Q. <jane@example.org>');
  const [, file = ''] = sent.record.files;
  // of the header: a sign-off has no quotes, as git's own have none
  const argv = ['git', 'send-email', '--dry-run', '--confirm=never', '--suppress-cc=body', '--smtp-server=/bin/false'];
  const { exitCode, stdout, stderr } = await sent.run([...argv, file], clone(sent, 'comma'));
  t.equal(exitCode, 0, stderr);
  t.match(stdout, /^\(mbox\) Adding cc: "Doe, Jane Q\." <jane@example\.org> from line 'From: /m);
  t.match(stdout, /^Cc: .*"Doe, Jane Q\." <jane@example\.org>/ms);
});

/** notmuch's tree: a mail, and the answers to it. */
type Node = readonly [mail: { readonly headers: { readonly Subject: string } } | null, answers: readonly Node[]];
const tree = ([mail, answers]: Node): unknown[] => [mail?.headers.Subject, ...answers.map(tree)];

t.test('a reader that threads has one thread: the cover letter, and the patches as answers to it', async (t) => {
  const sent = await mails(t, SENDER);
  const box = join(sent.f.dir, 'box');
  for (const part of ['cur', 'new', 'tmp']) mkdirSync(join(box, part), { recursive: true });
  for (const [number, file] of sent.record.files.entries()) {
    const [, ...lines] = readFileSync(file, 'utf8').split('\n');
    // a second apart, as git send-email dates them: a reader orders answers by nothing else
    const date = new Date(number * 1_000).toUTCString();
    writeFileSync(join(box, 'cur', `${number}:2,`), [`Date: ${date}`, ...lines].join('\n'));
  }
  const config = join(sent.f.dir, 'notmuch');
  writeFileSync(config, `[database]\npath=${box}\n[user]\nname=a\nprimary_email=a@b.c\n`);
  const notmuch = async (...args: string[]): Promise<string> =>
    (await must(['notmuch', `--config=${config}`, ...args], { cwd: sent.f.dir })).stdout;
  await notmuch('new', '--quiet');
  const threads = JSON.parse(await notmuch('show', '--format=json', '--body=false', '*')) as Node[][];
  const [cover = '', ...patches] = sent.record.subjects;
  t.strictSame(
    threads.map((thread) => thread.map(tree)),
    [[[cover, ...patches.map((subject) => [subject])]]],
  );
  const [first] = JSON.parse(await notmuch('search', '--format=json', '--output=summary', '*')) as {
    authors: string;
  }[];
  t.equal(first?.authors, 'Jörg Doe', 'and its name is readable');
});

t.test(
  'without a sender: every mail says in a header and in front of its notes that it must not be sent',
  async (t) => {
    const sent = await mails(t, undefined);
    const [cover = '', ...patches] = sent.record.files.map((file) => readFileSync(file, 'utf8'));
    t.match(cover, `${NOT_TO_BE_SENT_HEADER}\n`);
    t.ok(cover.split('\n\n')[1]?.startsWith(NOT_TO_BE_SENT[0]), 'the first line of the letter');
    for (const text of patches) {
      t.ok(text.split('\n\n')[0]?.includes(`\n${NOT_TO_BE_SENT_HEADER}\n`));
      t.match(text.split('\n---\n\n')[1], new RegExp(`^${NOT_TO_BE_SENT[0]}\n`));
      t.notMatch(text, /Signed-off-by/);
    }
    t.match(patches[1], /\n\nv2: a note\n/, 'other notes are kept');
    const dir = clone(sent, 'am');
    const am = await sent.run(['git', 'am', '--quiet', '--empty=drop', sent.record.mbox], dir);
    t.equal(am.exitCode, 0, am.stderr);
    t.equal(git(dir, 'rev-parse', 'HEAD^{tree}').trim(), sent.applied.tree);
    t.notMatch(git(dir, 'log', '-3', '--format=%B'), /NOT TO BE SENT/, 'no commit has it');
  },
);
