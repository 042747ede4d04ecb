import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { wallClock } from '../lib/given-time.ts';
import { injectNmi, readAnswers } from './monitor.ts';

type Test = Pick<typeof t, 'teardown'>;

const GREETING = '{"QMP": {"version": {}, "capabilities": ["oob"]}}\r\n';
const DONE = '{"return": {}}\r\n';

t.test('answers, however they are cut', async (t) => {
  const rows: [string, boolean, string | undefined][] = [
    ['', false, undefined],
    [GREETING, false, undefined],
    [`${GREETING}${DONE}`, false, undefined],
    [`${GREETING}${DONE}${DONE.slice(0, 10)}`, false, undefined],
    [`${GREETING}${DONE}${DONE}`, true, undefined],
    [`${GREETING}${DONE}{"timestamp": {}, "event": "NMI \\"return\\""}\r\n`, false, undefined],
    [`${GREETING}${DONE}{"error": {"class": "GenericError", "desc": "no CPU"}}\r\n`, false, 'no CPU'],
  ];
  for (const [text, done, refused] of rows) t.strictSame(readAnswers(text), { done, refused }, text.slice(-30));
});

/** A socket that says these pieces, one after the other, and hangs up after the last when told so. */
async function say(t: Test, pieces: readonly string[], hangUp: boolean): Promise<string> {
  // a unix socket's path has 108 bytes
  const dir = mkdtempSync(join(tmpdir(), 'qmp-'));
  const path = join(dir, 'qmp');
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    for (const piece of pieces) socket.write(piece);
    if (hangUp) socket.end();
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  t.teardown(() => {
    server.close();
    rmSync(dir, { recursive: true });
  });
  return path;
}

t.test('an interrupt that arrives, is refused, or never will', async (t) => {
  await injectNmi(await say(t, [GREETING, DONE, '{"ret', 'urn": {}}\r\n'], false));
  await t.rejects(injectNmi(await say(t, [GREETING, '{"error": {"desc": "not now"}}\n'], false)), {
    message: 'the QEMU monitor refused: not now',
  });
  await t.rejects(injectNmi(await say(t, [GREETING, DONE], true)), { message: 'the QEMU monitor hung up' });
  await t.rejects(injectNmi(await say(t, [GREETING], false), wallClock, 50), {
    message: 'no answer from the QEMU monitor',
  });
  await t.rejects(injectNmi('/does/not/exist'), { message: /^no QEMU monitor: .*ENOENT/ });
});
