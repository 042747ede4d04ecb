/** The log on a real terminal, which script(1) makes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import t from 'tap';
import { formatArgv } from './exec.ts';

const ONCE = join(import.meta.dirname, '../testing/live-once.ts');
const PROGRAM = [process.execPath, '--import', import.meta.resolve('tsx'), ONCE];
const INTERRUPT = '\x03';
const SETTINGS = 'echo "<$(stty -g)>"';

/** What is on the terminal in the end. @param onText may type on it */
async function onTerminal(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  onText: (text: string, type: (keys: string) => void) => void = () => undefined,
): Promise<string> {
  const program = formatArgv([...PROGRAM, ...args]);
  const shell = `trap : INT; stty cols 70; ${SETTINGS}; ${program}; echo "code $?"; ${SETTINGS}`;
  const child = spawn('script', ['-qfc', shell, '/dev/null'], {
    env: { ...process.env, CI: '', TERM: 'xterm', ...env },
  });
  let text = '';
  child.stdout.on('data', (part: Buffer) => {
    text += part.toString();
    onText(text, (keys) => child.stdin.write(keys));
  });
  await once(child, 'close');
  return text;
}

/** Settings of the terminal in front of the program and behind it. */
const settingsIn = (text: string): string[] => [...text.matchAll(/<([^>]+)>/g)].map(([, settings = '']) => settings);

t.test('a terminal is redrawn, and Ctrl-C leaves it as it was', async (t) => {
  let typed = false;
  const text = await onTerminal([], {}, (seen, type) => {
    if (typed || !seen.includes('.. long: waiting')) return;
    typed = true;
    type(INTERRUPT);
  });
  t.match(
    text,
    /\.\. long: waiting: 1\/4 steps \(25%\) \(\d\.\d s, 59 min \d\d s left\)|\.\. long: .*60 min 00 s left/,
  );
  t.match(text, /ok short: all of it \(\d\.\d s\)\r\n/);
  t.match(text, /\r\x1b\[Jstopped long \(.*\)\r\n[\s\S]*interrupted\r\ncode 130\r\n/, 'from the first column on');
  const [before, after] = settingsIn(text);
  t.ok(before);
  t.equal(after, before);
  const codes = new Set([...text.matchAll(/\x1b\[[^A-Za-z]*[A-Za-z]/g)].map(([code]) => code.replace(/\d+/, 'N')));
  t.strictSame(
    [...codes].filter((code) => !['\x1b[J', '\x1b[NA'].includes(code)),
    [],
    'no cursor hidden, no mode set',
  );
});

t.test('a dumb terminal and CI get the text of a file', async (t) => {
  for (const env of [{ TERM: 'dumb' }, { CI: 'true' }]) {
    const text = await onTerminal(['at once'], env);
    t.notOk(text.includes('\x1b'), JSON.stringify(env));
    t.match(text, />\r\n {3}all of it\r\n {3}waiting: 1\/4 steps \(25%\)\r\n {3}over\r\ncode 0\r\n/);
  }
});
