import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { EXIT } from '../lib/errors.ts';
import { commandNames } from '../main.ts';
import { only, run } from '../testing/command-line.ts';

const PROJECT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const NAMES = commandNames();

t.test('every command that package.json has is there, and the other way round', async (t) => {
  const { scripts } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
  const bootstrapped = Object.entries(scripts).filter(([, text]) => text.includes('bootstrap.mjs')).map(([name, text]) => [name, text.split(' ').at(-1)]);
  t.strictSame(bootstrapped.map(([name]) => name).sort(), NAMES);
  for (const [name, word] of bootstrapped) t.equal(word, name);
});

t.test('--help of every command', async (t) => {
  for (const name of NAMES) {
    const { code, stdout, stderr } = await run('/nowhere', [name, '--help']);
    t.equal(code, EXIT.pass, name);
    t.equal(stderr, '');
    t.ok(stdout.startsWith(`npm run ${name}`), stdout.split('\n')[0] ?? '');
    for (const option of ['--help', '--dry-run', '--json']) t.match(stdout, new RegExp(`^ +${option} +\\S`, 'm'), name);
  }
});

t.test('an error of every command is one record, and text with the next command', async (t) => {
  for (const name of NAMES) {
    const outcome = await run('/nowhere', [name, '--json', '--no-such-option']);
    t.equal(outcome.code, EXIT.usage);
    t.match(only(t, outcome, name), { error: { code: 'E_UNKNOWN_OPTION', exitCode: EXIT.usage, next: `npm run ${name} -- --help` } });
    t.match(outcome.stderr, new RegExp(`^next: npm run ${name} -- --help$`, 'm'));
  }
  for (const argv of [['--json'], ['no-such-command', '--json']]) {
    const outcome = await run('/nowhere', argv);
    t.equal(outcome.code, EXIT.usage);
    t.match(only(t, outcome, argv.join(' ')), { error: { exitCode: EXIT.usage, next: /^npm run/ } });
  }
});
