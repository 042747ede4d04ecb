/** Who sends, who gets it, and what holds the mails together: decisions, a row each. */
import t from 'tap';
import { recipientHeaders } from './mail.ts';
import { formatRecipients, leaveOut, parseRecipients } from './recipients.ts';
import { NOT_TO_BE_SENT, parseSender, signOff, withSender } from './sender.ts';
import { messageIds, threadHeaders } from './thread.ts';

const JANE = 'Jane Doe <jane@example.org>';
const LINE = `Signed-off-by: ${JANE}`;
const PLACEHOLDER = 'dtrace-bpf <dtrace-bpf@localhost>';
const PATCH = { subject: 'a: b', author: PLACEHOLDER, body: 'Because.', notes: 'v2: asked for', diff: '', files: [] };

t.test('--from, a row each', async (t) => {
  const good: readonly (readonly [text: string, sender: string])[] = [
    [JANE, JANE],
    ['  Jane   Doe  <jane@example.org> ', JANE],
    ['Jörg Ä. Größe <j@x.org>', 'Jörg Ä. Größe <j@x.org>'],
    ['Doe, Jane <jane+lists@mail.x-y.org>', 'Doe, Jane <jane+lists@mail.x-y.org>'],
  ];
  for (const [text, sender] of good) t.equal(parseSender(text), sender, text);
  const bad = [
    'Jane Doe',
    'jane@example.org',
    '<jane@example.org>',
    'Jane <jane>',
    PLACEHOLDER,
    '"J" <j@x.org>',
    'J <a b@x.org>',
    'J <a,b@x.org>',
    'J <jé@x.org>',
    'J <j@x.>',
    'J\x1b[1m <j@x.org>',
  ];
  for (const text of bad)
    t.throws(() => parseSender(text), { code: 'E_USAGE', exitCode: 2, next: 'npm run export -- --help' }, text);
});

t.test('the sign-off is the last line, once, and below other trailers', async (t) => {
  const rows: readonly (readonly [body: string, signed: string])[] = [
    ['', LINE],
    ['Because.', `Because.\n\n${LINE}`],
    ['One.\n\nTwo: it is\nno trailer.', `One.\n\nTwo: it is\nno trailer.\n\n${LINE}`],
    ['Because.\n\nLink: https://x.org/1', `Because.\n\nLink: https://x.org/1\n${LINE}`],
    ['Because.\n\nFixes: 1 ("a")\nCc: x@y.z # 6.12', `Because.\n\nFixes: 1 ("a")\nCc: x@y.z # 6.12\n${LINE}`],
    [`Because.\n\n${LINE}`, `Because.\n\n${LINE}`],
    [`Because.\n\n${LINE}\nTested-by: T <t@x.org>`, `Because.\n\n${LINE}\nTested-by: T <t@x.org>\n${LINE}`],
  ];
  for (const [body, signed] of rows) t.equal(signOff(body, JANE), signed, body);
});

t.test('a patch with a sender, of another author, and without a sender', async (t) => {
  t.strictSame(withSender(PATCH, PLACEHOLDER, JANE), { ...PATCH, author: JANE, body: `Because.\n\n${LINE}` });
  t.match(withSender({ ...PATCH, author: JANE }, PLACEHOLDER, JANE), { author: JANE, body: /^Because/ });
  t.match(withSender({ ...PATCH, author: 'K <k@x.org>' }, PLACEHOLDER, JANE), {
    author: JANE,
    body: `From: K <k@x.org>\n\nBecause.\n\n${LINE}`,
  });
  const unsent = withSender(PATCH, PLACEHOLDER, undefined);
  t.match(unsent, { author: PLACEHOLDER, body: 'Because.' });
  t.equal(unsent.notes, `${NOT_TO_BE_SENT.join('\n')}\n\nv2: asked for`);
  t.equal(withSender({ ...PATCH, notes: '' }, PLACEHOLDER, undefined).notes, NOT_TO_BE_SENT.join('\n'));
  for (const line of NOT_TO_BE_SENT) t.ok(line.length <= 75, line);
});

/** As get_maintainer.pl of v6.12 prints them. */
const SAID = `Ann Maintainer <ann@x.org> (supporter:BPF [GENERAL] (Safe Dynamic Programs and Tools))
"Doe, John" <John@x.org> (maintainer:TRACING)
Rea Viewer <rea@x.org> (reviewer:CLANG/LLVM BUILD SUPPORT:Keyword:\\b(?i:clang|llvm)\\b)
bpf@x.org (open list:BPF [GENERAL] (Safe Dynamic Programs and Tools))
linux@x.org (open list)
`;

t.test('recipients: who maintains is asked, others get a copy', async (t) => {
  const found = parseRecipients(SAID);
  t.strictSame(
    found.map(({ header, who }) => `${header} ${who}`),
    [
      'To Ann Maintainer <ann@x.org>',
      'To "Doe, John" <John@x.org>',
      'Cc Rea Viewer <rea@x.org>',
      'Cc bpf@x.org',
      'Cc linux@x.org',
    ],
  );
  t.equal(
    formatRecipients(found)
      .join('\n')
      .replace(/^(?:To|Cc): /gm, ''),
    SAID.trim(),
    'nothing is lost of the roles',
  );
  t.strictSame(recipientHeaders(found), [
    'To: Ann Maintainer <ann@x.org>,\n "Doe, John" <John@x.org>',
    'Cc: Rea Viewer <rea@x.org>,\n bpf@x.org,\n linux@x.org',
  ]);
  t.match(parseRecipients('linux@x.org (open list)\n'), [{ header: 'To', who: 'linux@x.org' }], 'a mail needs one');
  t.strictSame(parseRecipients(''), []);
  const trimmed = leaveOut(found, ['JOHN@x.org', 'Rea Viewer <rea@x.org>', 'none@x.org']);
  t.strictSame(
    trimmed.left.map(({ who }) => who),
    ['Ann Maintainer <ann@x.org>', 'bpf@x.org', 'linux@x.org'],
  );
  t.strictSame(trimmed.unknown, ['none@x.org']);
});

t.test('ids follow from what is sent, and each patch answers the cover letter', async (t) => {
  const series = { name: 'test', version: 3 };
  const ids = messageIds(series, 2, JANE, ['content']);
  t.match(ids, [/^<test-v3-0-[0-9a-f]{16}@example\.org>$/, /^<test-v3-1-/, /^<test-v3-2-/]);
  t.strictSame(messageIds(series, 2, JANE, ['content']), ids);
  t.not(messageIds(series, 2, JANE, ['another'])[0], ids[0]);
  t.strictSame(threadHeaders(ids, 0), [`Message-ID: ${ids[0]}`]);
  t.strictSame(threadHeaders(ids, 2), [`Message-ID: ${ids[2]}`, `In-Reply-To: ${ids[0]}`, `References: ${ids[0]}`]);
});
