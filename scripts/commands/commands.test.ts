import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { emit, results } from '../testing/bench.ts';
import { writeResults } from '../bench/store.ts';
import { VARIANTS } from '../check/variants.ts';
import { EXIT } from '../lib/errors.ts';
import { commandNames } from '../main.ts';
import { green, records } from '../testing/report.ts';
import { applied } from '../testing/applied.ts';
import { only, run } from '../testing/command-line.ts';
import { sequence } from '../testing/pattern.ts';
import { applyRecord, bisectRecord, checkRecord, writeRun } from '../testing/records.ts';

const PROJECT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const NAMES = commandNames();

t.test('every command that package.json has is there, and the other way round', async (t) => {
  const { scripts } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const bootstrapped = Object.entries(scripts)
    .filter(([, text]) => text.includes('bootstrap.mjs'))
    .map(([name, text]) => [name, text.split(' ').at(-1)]);
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

t.test('an interrupted command is one record as well, whether it fails of it or comes to its end', async (t) => {
  const root = t.testdir({ 'CHECKLIST.md': '' });
  for (const argv of [
    ['apply', '--json'],
    ['checklist', '--claims-only', '--json'],
    ['checklist', '--dry-run', '--json'],
  ]) {
    const outcome = await run(root, argv, AbortSignal.abort());
    t.equal(outcome.code, EXIT.interrupted);
    t.equal(
      outcome.stderr,
      'interrupted; run the same command again to go on\n',
      'nothing else: the rest is what it was interrupted in',
    );
    t.match(only(t, outcome, argv.join(' ')), {
      error: {
        code: 'E_INTERRUPTED',
        exitCode: EXIT.interrupted,
        message: 'interrupted',
        next: 'run the same command again to go on',
      },
    });
  }
  const text = await run(root, ['checklist', '--claims-only'], AbortSignal.abort());
  t.match(text, { code: EXIT.interrupted, stderr: /^interrupted; run the same command again to go on\n$/ });
});

t.test('an error of every command is one record, and text with the next command', async (t) => {
  for (const name of NAMES) {
    const outcome = await run('/nowhere', [name, '--json', '--no-such-option']);
    t.equal(outcome.code, EXIT.usage);
    t.match(only(t, outcome, name), {
      error: { code: 'E_UNKNOWN_OPTION', exitCode: EXIT.usage, next: `npm run ${name} -- --help` },
    });
    t.match(outcome.stderr, new RegExp(`^next: npm run ${name} -- --help$`, 'm'));
  }
  for (const argv of [['--json'], ['no-such-command', '--json']]) {
    const outcome = await run('/nowhere', argv);
    t.equal(outcome.code, EXIT.usage);
    t.match(only(t, outcome, argv.join(' ')), { error: { exitCode: EXIT.usage, next: /^npm run/ } });
  }
});

t.test('what is refused before anything is begun, a row each', async (t) => {
  const root = applied(t);
  const before = readdirSync(root, { recursive: true, encoding: 'utf8' }).sort();
  const rows: [argv: string[], message: RegExp, next: string, code?: string][] = [
    [['bench', 'emitt'], /^no section emitt; one of emit, /, 'npm run bench -- --help'],
    [['bench', '--repetitions', '0'], /^--repetitions is 1 to 101$/, 'npm run bench -- --help'],
    [
      ['bench', '--kernels', 'base,v1-inpage'],
      /^no kernel v1-inpage here; one of series, base$/,
      'npm run bench -- --help',
    ],
    [['bench', 'stream', '--kernels', 'base'], /^nothing to measure/, 'npm run bench -- --help'],
    [['bench', '--profile', 'emit-48-0'], /^--profile wants OBJECT\/PROGRAM/, 'npm run bench -- --help'],
    [['bench', '--profile', 'emit-49-0/perf_percpu'], /^no object emit-49-0 to profile$/, 'npm run bench -- --help'],
    [['bench', '--render', 'emitt'], /^no section emitt/, 'npm run bench -- --help'],
    [['bench', '--render'], /^there are no committed results$/, 'npm run bench', 'E_RECORD_MISSING'],
    [['bisect', '01', '03', '04'], /^no patch 03, 04; there are 01, 02$/, 'npm run bisect -- --help'],
    [
      ['bisect', '--variant', 'default,KASAN=y'],
      /^no variant KASAN=y; there are default, DTRACE=n, /,
      'npm run bisect -- --help',
    ],
    [['check', '3'], /^no patch 3; there are 01, 02$/, 'npm run check -- --help'],
    [['soak', 'orders'], /^no topic orders; there are order$/, 'npm test -- --help'],
    [['soak', 'smoke'], /^no topic smoke; there are order$/, 'npm test -- --help'],
    [['diff', 'a', 'b', 'c'], /^two versions at a time$/, 'npm run diff -- --help'],
    [['diff', 'nowhere'], /^nowhere is no directory, no mbox, and no revision/, 'npm run diff -- --help'],
    [['export', '--from', 'Jane'], /^--from is no "Name <mail>": Jane$/, 'npm run export -- --help'],
    [['report', 'one', 'two'], /^one run at a time$/, 'npm run report -- --help'],
    [['report', 'none'], /^no run .*\/out\/none$/, 'npm run report -- --help', 'E_RECORD_MISSING'],
    [['report'], /^there is no run to report on/, 'npm test', 'E_RECORD_MISSING'],
    [['checklist'], /^there is no CHECKLIST\.md$/, 'git checkout CHECKLIST.md', 'E_CHECK'],
    [
      ['checklist', '--claims'],
      /^unknown option --claims; did you mean --claims-only\?$/,
      'npm run checklist -- --help',
      'E_UNKNOWN_OPTION',
    ],
  ];
  for (const [argv, message, next, code = 'E_USAGE'] of rows) {
    const outcome = await run(argv[0] === 'report' && argv.length === 1 ? join(root, 'selftests') : root, [
      ...argv,
      '--json',
    ]);
    t.match(only(t, outcome, argv.join(' ')), { error: { code, message, next } }, argv.join(' '));
    t.equal(outcome.code, code === 'E_CHECK' ? EXIT.check : EXIT.usage);
  }
  t.strictSame(readdirSync(root, { recursive: true, encoding: 'utf8' }).sort(), before, 'and nothing is left behind');
});

t.test('committed results are rendered once more, and a dry run says which files', async (t) => {
  const root = applied(t);
  writeResults(root, results(emit('perf_percpu', 100)), 'reproduced: 2 rows');
  const page = join(root, 'selftests/bench/RESULTS.md');
  const whole = readFileSync(page, 'utf8');
  writeFileSync(page, 'edited\n');
  t.match(await run(root, ['bench', '--render', '--dry-run']), {
    code: EXIT.pass,
    stdout: /^# would write .*RESULTS\.md, .*results\.json/,
  });
  t.equal(readFileSync(page, 'utf8'), 'edited\n');
  const { code, stdout } = await run(root, ['bench', '--render']);
  t.equal(code, EXIT.pass);
  t.match(stdout, /^selftests\/bench\/RESULTS\.md$/m);
  t.equal(readFileSync(page, 'utf8'), whole, 'with the sentence of the run that measured');
});

t.test('the report of a run by its name, by its directory and of the newest; a red one fails', async (t) => {
  const root = t.testdir({});
  const named = (run: string): string => join(root, 'out', run);
  writeRun(root, '20260101T000000-test-1', Object.fromEntries(green()) as Record<string, object>);
  writeRun(root, '20260102T000000-test-1', Object.fromEntries(records()) as Record<string, object>);
  const rows: [argv: string[], code: number, verdict: string, run: string][] = [
    [[], EXIT.test, 'FAIL', '20260102T000000-test-1'],
    [['20260101T000000-test-1'], EXIT.pass, 'PASS', '20260101T000000-test-1'],
    [[named('20260101T000000-test-1')], EXIT.pass, 'PASS', '20260101T000000-test-1'],
  ];
  for (const [argv, code, verdict, name] of rows) {
    t.match(await run(root, ['report', ...argv, '--dry-run']), {
      code: EXIT.pass,
      stdout: `# would write ${join(named(name), 'report.{html,txt,xml,json,kcidb.json}')}\n`,
    });
    const outcome = await run(root, ['report', ...argv]);
    t.equal(outcome.code, code);
    t.match(outcome.stdout, new RegExp(`: ${verdict}\\n`));
    t.match(outcome.stderr, new RegExp(`${name}/report\\.html`), 'says where it is');
  }
  const kcidb = (): unknown =>
    JSON.parse(readFileSync(join(named('20260101T000000-test-1'), 'report.kcidb.json'), 'utf8'));
  t.match(kcidb(), { checkouts: [{ id: 'dtrace_bpf:20260101T000000-test-1' }] });
  await run(root, ['report', '20260101T000000-test-1', '--origin', 'lab_7']);
  t.match(kcidb(), { checkouts: [{ id: 'lab_7:20260101T000000-test-1', origin: 'lab_7' }] });
  t.match(await run(root, ['report', '--origin', 'My lab']), {
    code: EXIT.usage,
    stderr: /unlike My lab\nnext: npm run/,
  });
});

t.test('the checklist: claims without evidence, and verdicts that are not of what is applied', async (t) => {
  const root = applied(t);
  const checklist = (...items: string[]): void =>
    writeFileSync(join(root, 'CHECKLIST.md'), items.map((item) => `- ${item}\n`).join(''));
  const { head } = applyRecord(root);
  checklist('[x] It is tested. Evidence: `npm test`, `selftests/smoke.test.ts`');
  t.match(await run(root, ['checklist']), {
    code: EXIT.check,
    stdout:
      /^not-run: check has not been run\n[\s\S]*^not-run: bisect has not been run\n[\s\S]*^1 claims, 2 problems\n$/m,
  });
  const check = checkRecord({ head });
  writeRun(root, '20260102T000000-check-1', {
    check,
    bisect: bisectRecord(
      VARIANTS.map(({ name }) => name),
      { head },
    ),
  });
  t.match(await run(root, ['checklist']), { code: EXIT.pass, stdout: '1 claims, 0 problems\n' });
  writeRun(root, '20260103T000000-check-1', { check: { ...check, ok: false } });
  t.match(
    await run(root, ['checklist']),
    { code: EXIT.check, stdout: /^red: check is red: out\/20260103T000000-check-1$/m },
    'the newest counts',
  );
  t.match(await run(root, ['checklist', '--claims-only']), { code: EXIT.pass });
  checklist(
    '[x] It is proven. Evidence: `npm run prove`',
    '[x] It is there. Evidence: `no/such/file.c`',
    '[ ] It is open.',
  );
  const { code, stdout } = await run(root, ['checklist', '--claims-only']);
  t.equal(code, EXIT.check);
  t.match(
    stdout,
    sequence(
      /^CHECKLIST\.md:1: evidence-missing: there is no command npm run prove\n/,
      /CHECKLIST\.md:2: evidence-missing: there is no no\/such\/file\.c\n/,
      /CHECKLIST\.md:3: open: [\s\S]*3 claims, 3 problems\n$/,
    ),
  );
});

t.test('the committed series as it would be mailed: subjects in their order, and nothing is written', async (t) => {
  const { code, stdout, stderr } = await run(PROJECT, ['export', '--dry-run']);
  t.equal(code, EXIT.pass, stderr);
  const subjects = stdout
    .split('\n')
    .filter((line) => line.startsWith('# ['))
    .map((line) => line.slice(2));
  const patches = readdirSync(join(PROJECT, 'patches')).filter((file) => file.endsWith('.patch'));
  t.equal(subjects.length, patches.length + 1);
  for (const [index, subject] of subjects.entries()) {
    t.match(
      subject,
      new RegExp(`^\\[RFC PATCH bpf-next v2 ${String(index).padStart(2, '0')}/${patches.length}\\] \\S`),
    );
  }
  const [, dir = ''] = /^# would write (\S+)\/\{series\.mbox,mails/m.exec(stdout) ?? [];
  t.match(dir, /\/out\/\S+-export-\d+$/);
  t.notOk(existsSync(dir));
  t.equal(stdout.match(/ am --3way /g)?.length, patches.length);
});
