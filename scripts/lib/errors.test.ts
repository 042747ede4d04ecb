import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { ERROR_CODES, EXIT, WorkbenchError } from './errors.ts';
import { formatError } from './log.ts';

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

t.test('every error says what to type next', async (t) => {
  for (const code of ERROR_CODES)
    t.match(
      formatError(new WorkbenchError(code, 'm')),
      /\nnext: (?:npm run [a-z]+(?: -- --help)?|run the same command again to go on)$/,
      code,
    );
  t.equal(new WorkbenchError('E_BUILD', 'm', { next: 'less log' }).next, 'less log');
});

t.test('every code is thrown somewhere', async (t) => {
  const sources = ['scripts', 'selftests']
    .flatMap((place) =>
      readdirSync(join(project, place), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.endsWith('lib/errors.ts'))
        .map((file) => readFileSync(join(project, place, file), 'utf8')),
    )
    .join('\n');
  for (const code of ERROR_CODES) t.match(sources, new RegExp(`'${code}'`), code);
});

t.test('the table of exit codes in README.md is that of the code', async (t) => {
  const [, table = ''] =
    /## Exit codes\n\n\| code \| meaning \|\n\|---\|---\|\n((?:\|.*\|\n)+)/.exec(
      readFileSync(join(project, 'README.md'), 'utf8'),
    ) ?? [];
  const listed = table
    .trim()
    .split('\n')
    .map((line) => Number(line.split('|')[1]));
  t.strictSame(listed, Object.values(EXIT));
});
