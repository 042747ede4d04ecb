import t from 'tap';
import { parseYaml } from '../lib/yaml.ts';
import { parseCheckpatch } from './checkpatch.ts';
import { judge, readExceptions, unused } from './exceptions.ts';
import { checkMessage, checkSubjects, parseMessage } from './message.ts';

t.test('checkpatch output, and output that is none', async (t) => {
  const output = [
    '0001.patch:27: CHECK:PARENTHESIS_ALIGNMENT: Alignment should match open parenthesis',
    'patches/0001.patch:3: WARNING:FILE_PATH_CHANGES: added, moved or deleted file(s), does MAINTAINERS need updating?',
    'total: 0 errors, 1 warnings, 1 checks, 250 lines checked',
  ].join('\n');
  t.match(parseCheckpatch(output, ''), {
    linesChecked: 250,
    findings: [
      { type: 'PARENTHESIS_ALIGNMENT', line: 27 },
      { type: 'FILE_PATH_CHANGES', line: 3, message: /^WARNING: added/ },
    ],
  });
  t.match(
    parseCheckpatch('total: 0 errors, 0 warnings, 12 lines checked', ''),
    { linesChecked: 12, findings: { length: 0 } },
    'without --strict',
  );
  t.equal(parseCheckpatch("Can't locate object method", '').linesChecked, undefined);
  t.equal(parseCheckpatch('', '').linesChecked, undefined);
});

t.test('spelling and licences: columns of their own, and no pass of what checkpatch left out silently', async (t) => {
  const found = "0001.patch:9: CHECK:TYPO_SPELLING: 'teh' may be misspelled - perhaps 'the'?";
  const tag = '0001.patch:3: WARNING:SPDX_LICENSE_TAG: Missing or malformed SPDX-License-Identifier tag in line 1';
  t.match(parseCheckpatch(`${found}\n${tag}`, ''), {
    missing: { length: 0 },
    findings: [
      { check: 'codespell', line: 9 },
      { check: 'spdx', line: 3 },
    ],
  });
  const words = "No codespell typos will be found - file '/usr/share/codespell/dictionary.txt': No such file";
  t.strictSame(parseCheckpatch(found, words).missing, ['codespell']);
  const python = '  File "scripts/spdxcheck.py", line 6, in <module>\nModuleNotFoundError: No module named \'ply\'';
  t.strictSame(parseCheckpatch(found, python).missing, ['spdx']);
});

const patch = (subject: string, body: string): Buffer =>
  Buffer.from(
    `From: Project <p@example.org>\nSubject: ${subject}\n\n${body}\n---\n a.c | 1 +\n\ndiff --git a/a.c b/a.c\n` +
      '--- a/a.c\n+++ b/a.c\n@@ -1 +1,2 @@\n a\n+b\n',
  );

t.test('reads subject, folded too, and body', async (t) => {
  const message = parseMessage('01', patch('[RFC PATCH 01/11] bpf: do the\n thing', 'Because.\n\nAnd so on.'));
  t.same(message, {
    id: '01',
    subject: 'bpf: do the thing',
    from: 'Project <p@example.org>',
    body: 'Because.\n\nAnd so on.',
  });
  const raw = parseMessage(
    '01',
    patch('[PATCH v2 03/11] =?UTF-8?q?bpf:=20gr=C3=B6=C3=9Fer?=', 'Because.\n\n  ---\nThis is still the message.'),
  );
  t.match(raw, { subject: 'bpf: größer', body: /still the message/ }, 'as git format-patch encodes it');
});

t.test('message rules, a row each', async (t) => {
  const rows: [string, string, string[]][] = [
    ['bpf: do the thing', 'Because it is needed.', []],
    ['Do the thing', 'Because.', ['SUBJECT_PREFIX']],
    [`bpf: ${'x'.repeat(80)}`, 'Because.', ['SUBJECT_LONG']],
    ['bpf: do the thing.', 'Because.', ['SUBJECT_STOP']],
    ['bpf: added the thing', 'Because.', ['SUBJECT_IMPERATIVE']],
    ['bpf: adding the thing', 'Because.', ['SUBJECT_IMPERATIVE']],
    ['bpf: fixes the thing', 'Because.', ['SUBJECT_IMPERATIVE']],
    ['bpf: pass the thing on', 'Because.', []],
    ['bpf: do the thing', '', ['BODY_EMPTY']],
    ['bpf: do the thing', 'Link: https://example.org/x', ['BODY_EMPTY']],
    ['bpf: do the thing', `A sentence that is ${'very '.repeat(15)}long.`, ['BODY_WRAP']],
    ['bpf: do the thing', `Code:\n\n    ${'very_'.repeat(20)}\n`, []],
    ['bpf: do the thing', 'This patch does the thing.', ['BODY_THIS_PATCH']],
    ['bpf: do the thing', 'Because.\n\nSigned-off-by: A B <a@b.example>', ['TRAILER_FORGED']],
    ['bpf: do the thing', 'Because.\n\nChange-Id: I123', ['TRAILER_TOOL']],
  ];
  for (const [subject, body, types] of rows) {
    t.same(
      checkMessage(parseMessage('01', patch(subject, body))).map((f) => f.type),
      types,
      `${subject} / ${body.slice(0, 30)}`,
    );
  }
});

t.test('subjects are unique', async (t) => {
  const messages = ['bpf: do a', 'bpf: do b', 'bpf: Do a'].map((subject, i) =>
    parseMessage(String(i), patch(subject, 'x')),
  );
  t.match(checkSubjects(messages), [{ id: '2', finding: { type: 'SUBJECT_TWICE' } }]);
});

t.test('exceptions excuse exactly what they name, and are reported when they excuse nothing', async (t) => {
  const yaml = parseYaml(
    [
      '- patch: "bpf: move files"',
      '  type: FILE_PATH_CHANGES',
      '  match: added, moved',
      '  reason: MAINTAINERS is updated by this very patch.',
      '- patch: "bpf: add a table"',
      '  type: LONG_LINE',
      '  match: "u64 foo"',
      '  reason: a table of constants reads better unwrapped.',
    ].join('\n'),
    'exceptions.yaml',
  );
  const exceptions = readExceptions(yaml);
  t.same(
    exceptions.map((e) => e.line),
    [1, 5],
  );
  const finding = (
    type: string,
    message: string,
    line?: number,
  ): { check: string; type: string; message: string; line: number | undefined } => ({
    check: 'checkpatch',
    type,
    message,
    line,
  });
  const judged = judge(
    'bpf: move files',
    [finding('FILE_PATH_CHANGES', 'WARNING: added, moved or deleted'), finding('LONG_LINE', 'WARNING: long', 9)],
    exceptions,
    () => 'u64 foo',
  );
  t.equal(judged.excused.length, 1);
  t.same(
    judged.findings.map((f) => f.type),
    ['LONG_LINE'],
    'another patch is not excused',
  );
  t.same(
    unused(exceptions, [judged]).map((e) => e.patch),
    ['bpf: add a table'],
  );
  t.equal(
    judge('bpf: add a table', [finding('LONG_LINE', 'WARNING: long', 9)], exceptions, () => '+\tu64 foo;').excused
      .length,
    1,
    'by the text of the line',
  );
  const everywhere = readExceptions(
    parseYaml(
      '- patch: "*"\n  type: MISSING_SIGN_OFF\n  match: Signed-off-by\n' +
        '  reason: the human who sends the series signs it.\n',
      'e.yaml',
    ),
  );
  for (const id of ['01', '11'])
    t.equal(
      judge(id, [finding('MISSING_SIGN_OFF', 'ERROR: Missing Signed-off-by: line(s)', 9)], everywhere, () => '').excused
        .length,
      1,
      id,
    );
});

t.test('an exception file with mistakes is refused with their places', async (t) => {
  const bad = (text: string): unknown => {
    try {
      readExceptions(parseYaml(text, 'e.yaml'));
      return undefined;
    } catch (error: unknown) {
      return error;
    }
  };
  t.match(bad('- patch: "01"\n  type: X\n  match: y\n  reason: short\n'), {
    code: 'E_CHECK',
    problems: [{ position: { line: 4 } }],
  });
  t.match(
    bad('- patch: 01\n  type: X\n  match: y\n  reason: a long enough reason for it\n'),
    { code: 'E_CHECK' },
    'an id must be a string',
  );
  t.match(
    bad('- patch: "01"\n  typ: X\n  match: y\n  reason: a long enough reason for it\n'),
    { code: 'E_CHECK' },
    'unknown key',
  );
  t.equal(bad('[]\n'), undefined);
  t.equal(bad(''), undefined, 'an empty file excuses nothing');
});
