import t from 'tap';
import { parseOptions } from '../lib/options.ts';
import { load } from '../main.ts';
import { failedTest, type SelftestRecord } from '../records/selftest.ts';
import {
  applyRecord,
  bisectRecord,
  builtPatch,
  checkedPatch,
  checkRecord,
  failureRecord,
  regressRecord,
} from '../testing/records.ts';
import { green, records, suite } from '../testing/report.ts';
import { assemble } from './model.ts';
import { redLines, redOf, redOfRun, type Red } from './red.ts';

const head = 'd'.repeat(40);
const why = [
  { message: 'first', detail: 'one\n' },
  { message: 'second', detail: '' },
];

function workbench(): Map<string, unknown> {
  const input = green();
  const record = input.get('selftest.default') as SelftestRecord;
  const tests = [failedTest('scripts/lib/exec.host.test.ts: kills', why)];
  const topics = [{ topic: 'workbench', file: '', log: '', ms: 1, tests }];
  return input.set('selftest.default', { ...record, topics, failed: 1 });
}

const finding = { check: 'checkpatch', type: 'LONG_LINE', message: 'too long', line: 7 };
const warning = { file: 'a.c', unit: 'a.c', line: 3, where: '', message: 'unused', key: 'k' };
const onto = { ...applyRecord('/w').base, options: ['--tree', '/home/a b/linux'] };

const rows: [name: string, input: Map<string, unknown>, red: Partial<Red>[]][] = [
  ['nothing', green(), []],
  [
    'a test of a topic',
    records(),
    [
      {
        where: 'debug: tail-call',
        what: 'crashes',
        why: 'the guest panicked',
        again: 'npm test -- tail-call --config debug',
      },
    ],
  ],
  [
    'a test of the host',
    workbench(),
    [{ why: 'first', detail: 'one\n\nsecond', again: 'npm run test:host -- scripts/lib/exec.host.test.ts' }],
  ],
  [
    'a unit test, and a type',
    green().set('unit', suite('unit', 'adds')).set('types', suite('types', 'tsc')),
    [
      { where: 'unit tests: scripts/unit.test.ts', what: 'adds', again: 'npm run test:unit -- scripts/unit.test.ts' },
      { where: 'type check: scripts/types.test.ts', again: 'npm run typecheck' },
    ],
  ],
  [
    'a kernel that does not compile',
    green().set('failure.kasan', failureRecord({ config: 'kasan' })),
    [{ where: 'kasan', detail: 'next: less log', again: 'npm test -- --no-unit --config kasan' }],
  ],
  [
    'a new warning, on a tree of a person',
    green()
      .set('apply', applyRecord('/w', { base: onto }))
      .set('build.default', { ...(green().get('build.default') as object), newWarnings: [warning] }),
    [
      {
        where: 'default',
        what: 'build',
        detail: 'a.c:3: unused',
        again: "npm test -- --no-unit --tree $'/home/a b/linux'",
      },
    ],
  ],
  [
    'findings on a patch',
    green()
      .set('check', checkRecord({ head, ok: false, patches: [checkedPatch('01', { findings: [finding] })] }))
      .set(
        'bisect',
        bisectRecord([], {
          head,
          ok: false,
          patches: [
            {
              ...builtPatch('02', ['DTRACE=n']),
              variants: [{ variant: 'DTRACE=n', outcome: 'FAILS', ok: false, detail: 'a.c:1', reused: false, ms: 1 }],
            },
          ],
        }),
      ),
    [
      { where: /^patch 01: /, what: 'checkpatch: LONG_LINE', why: 'line 7: too long', again: 'npm run check -- 01' },
      { where: /^patch 02: /, what: 'DTRACE=n', why: 'FAILS', detail: 'a.c:1', again: 'npm run bisect -- 02' },
    ] as unknown as Partial<Red>[],
  ],
  [
    "a test of the kernel's own",
    green().set('regress', regressRecord({ head })),
    [
      {
        where: "the kernel's test_progs",
        what: 'tailcalls/one',
        why: 'fails: passed on the base, failed with the series',
        detail: 'unexpected error: -22',
        again: 'npm run regress -- --again tailcalls',
      },
    ],
  ],
];

t.test('what is red, a row each', async (t) => {
  for (const [name, input, red] of rows) {
    const found = redOf(assemble('run', input));
    t.equal(found.length, red.length, name);
    t.match(found, red, name);
  }
});

t.test('each line that shows it again is one that its command understands', async (t) => {
  const lines = rows.flatMap(([, input]) => redOf(assemble('run', input)).map(({ again }) => again));
  for (const line of lines.filter((each) => each !== 'npm run typecheck')) {
    const [, name = '', rest = ''] = /^npm (?:run )?(\S+) -- (.*)$/.exec(line) ?? [];
    const command = await load(name);
    const words = [...rest.matchAll(/\$'([^']*)'|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? '');
    t.ok(parseOptions(command, words), line);
  }
  t.ok(lines.length > 6);
});

t.test('the end of a run names what failed in it, why, and the line that shows it again', async (t) => {
  t.same(redLines(redOfRun(assemble('run', workbench()))), [
    'FAILED: default: workbench: scripts/lib/exec.host.test.ts: kills: first',
    '    one',
    '    second',
    '    again: npm run test:host -- scripts/lib/exec.host.test.ts',
  ]);
  t.same(redLines(redOfRun(assemble('run', green()))), []);
  const [, , [one] = []] = rows[1] ?? [];
  const red: Red = { where: 'a', what: 'b', why: 'c', detail: 'x\n'.repeat(30), again: 'd', ...one };
  const many = redLines(Array.from({ length: 21 }, () => red));
  t.equal(many.at(-1), 'FAILED: 1 more, which the report has');
  t.equal(many.length, 20 * (1 + 12 + 1) + 1);
  const [patches] = rows.filter(([name]) => name === 'findings on a patch');
  t.same(redOfRun(assemble('run', patches?.[1] ?? green())), [], 'what a run did not do is not its failure');
});
