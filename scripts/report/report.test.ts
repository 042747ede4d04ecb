import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { emit, results } from '../testing/bench.ts';
import { sequence } from '../testing/pattern.ts';
import { toFragment } from '../bench/results.ts';
import { toolFact } from '../host/machine.ts';
import {
  bisectRecord,
  builtPatch,
  checkedPatch,
  checkRecord,
  failureRecord,
  clientsRecord,
  regressRecord,
} from '../testing/records.ts';
import { green, records, suite } from '../testing/report.ts';
import { formatHtml } from './html.ts';
import { formatJunit } from './junit.ts';
import { assemble } from './model.ts';
import { COLUMNS, formatText, wrap } from './plain.ts';
import { newestRun, readReport, writeReport } from './write.ts';

t.test('verdicts, a row each', async (t) => {
  const change = (name: string, patch: object): Map<string, unknown> => {
    const all = green();
    all.set(name, { ...(all.get(name) as object), ...patch });
    return all;
  };
  const without = (...names: string[]): Map<string, unknown> => {
    const all = green();
    for (const name of names) all.delete(name);
    return all;
  };
  const check = checkRecord({ head: 'd'.repeat(40), ok: false });
  const failure = failureRecord();
  const rows: [string, Map<string, unknown>, string, RegExp?][] = [
    ['all green', green(), 'PASS'],
    ['one configuration red', records(), 'FAIL', /debug: 1 tests failed/],
    ['nothing at all', new Map(), 'INCOMPLETE', /no configuration/],
    ['built, not tested', without('selftest.default'), 'INCOMPLETE', /selftests did not finish/],
    ['tested, no build record', without('build.default'), 'INCOMPLETE', /was not built/],
    [
      'no test passed',
      change('selftest.default', { passed: 0, skipped: 2, topics: [] }),
      'INCOMPLETE',
      /no test passed/,
    ],
    ['another tree was tested', change('selftest.default', { tree: '0' }), 'INCOMPLETE', /not the one that was built/],
    [
      'new warning',
      change('build.default', { newWarnings: [{ file: 'a.c', unit: 'a.c', where: '', message: 'm', key: 'k' }] }),
      'FAIL',
      /1 warnings/,
    ],
    [
      'damaged record',
      green().set('build.default', { stage: 'build' }),
      'INCOMPLETE',
      /build.default.json cannot be read: config/,
    ],
    ['not JSON', green().set('selftest.default', undefined), 'INCOMPLETE', /selftest.default.json cannot be read/],
    ["check is red, which is another run's verdict", green().set('check', check), 'PASS'],
    ['a unit test is red', green().set('unit', suite('unit', 'adds')), 'FAIL', /^unit tests: 1 failed$/],
    [
      'the type check is red',
      green().set('unit', suite('unit')).set('types', suite('types', 'tsc')),
      'FAIL',
      /^type check: 1 failed$/,
    ],
    [
      'killed before its unit tests ended',
      green()
        .set('plan', { stage: 'plan', configs: ['default'], suites: ['unit', 'types'] })
        .set('types', suite('types')),
      'INCOMPLETE',
      /^unit tests: did not finish$/,
    ],
    [
      'killed before its second configuration',
      green().set('plan', { stage: 'plan', configs: ['default', 'debug'], suites: [] }),
      'INCOMPLETE',
      /^debug: was not begun$/,
    ],
    [
      'could not be built, others tested',
      green().set('failure.debug', failure),
      'FAIL',
      /^debug: E_BUILD: the kernel does not build$/,
    ],
    [
      'built, could not be booted',
      without('selftest.default').set('failure.default', { ...failure, config: 'default', code: 'E_BOOT' }),
      'FAIL',
      /^default: E_BOOT/,
    ],
    ['check of another head', green().set('check', { ...check, head: 'old' }), 'PASS'],
  ];
  for (const [name, input, verdict, reason] of rows) {
    const report = assemble('run', input);
    t.equal(report.verdict, verdict, name);
    if (reason !== undefined) t.match(report.reasons.join('; '), reason, name);
  }
});

t.test('per-patch verdicts come from check and bisect', async (t) => {
  const input = green();
  input.set('check', checkRecord({ head: 'd'.repeat(40), patches: [checkedPatch('01', { excused: 2 })] }));
  input.set('bisect', bisectRecord([], { head: 'd'.repeat(40), patches: [builtPatch('01', ['DTRACE=y'])] }));
  const [first, second] = assemble('run', input).patches;
  t.match(first, { builds: 'ok (DTRACE=y)', warnings: 'none new', checks: 'ok (2 excused)' });
  t.match(second, { builds: undefined, warnings: undefined, checks: undefined, findings: { length: 0 } });
});

t.test('every form says what the last line of the run said', async (t) => {
  const input = records()
    .set('unit', suite('unit', 'adds'))
    .set('types', suite('types', 'tsc'))
    .set('failure.kasan', failureRecord({ config: 'kasan' }));
  const report = assemble('run', input);
  t.match(report, {
    verdict: 'FAIL',
    passed: 3,
    failed: 4,
    skipped: 1,
    suites: [{ stage: 'unit' }, { stage: 'types' }],
  });
  t.strictSame(report.reasons, [
    'unit tests: 1 failed',
    'type check: 1 failed',
    'debug: 1 tests failed',
    'kasan: E_BUILD: the kernel does not build',
  ]);
  const line = '3 passed, 4 failed, 1 skipped';
  const text = formatText(report);
  t.match(text, /: FAIL\n/);
  t.ok(text.includes(line));
  t.match(
    text,
    /unit tests: 1 passed, 1 failed, 0 skipped\n {4}FAIL scripts\/unit\.test\.ts\n {9}adds > sum: 1 is not 2\n/,
  );
  t.match(text, /kasan: not built\n {2}FAIL kasan: E_BUILD/);
  const page = formatHtml(report);
  t.match(page, /<p class="verdict">FAIL<\/p>/);
  t.ok(page.includes(line));
  t.match(page, /type check: scripts\/types\.test\.ts<\/h3>[\s\S]*tsc &gt; sum/);
  t.match(page, /kasan<br><span class="bad">kasan: E_BUILD/);
  const xml = formatJunit(report);
  t.match(xml, /^<testsuites name="run" tests="8" failures="4" errors="0" /m);
  t.equal(xml.match(/<testcase /g)?.length, 8, 'and there is a case for each');
  t.equal(xml.match(/<failure /g)?.length, 4);
});

t.test("another run's check is told and decides nothing", async (t) => {
  const check = checkRecord({ head: 'd'.repeat(40), ok: false });
  const report = assemble('run', green().set('check', check));
  t.strictSame(report.notes, ['npm run check has findings']);
  t.match(formatText(report), /: PASS\n[\s\S]*note: npm run check has findings\n/);
  t.match(formatHtml(report), /<p>npm run check has findings<\/p>/);
});

t.test('what was not part of the run is a line, and no column', async (t) => {
  const none = assemble('run', green());
  t.strictSame(none.notPart, [
    'unit tests',
    'type check',
    'npm run check',
    'npm run bisect',
    'npm run regress',
    'npm run clients',
  ]);
  const line =
    'ot part of this run: unit tests, type check, npm run check, npm run bisect, npm run regress, npm run clients';
  t.equal(formatHtml(none).split(line).length, 2);
  t.match(formatText(none).replaceAll('\n', ' '), line);
  for (const text of [formatHtml(none), formatText(none)]) t.notMatch(text, /builds alone|W=1|not asked|not checked/);
  const checks = checkRecord({ head: 'd'.repeat(40), patches: [checkedPatch('01')] });
  const some = assemble('run', green().set('check', checks));
  t.match(formatHtml(some), /<th scope="col">checks<\/th>[\s\S]*not asked/, 'of one patch, and not of the other');
  t.notMatch(formatHtml(some), /builds alone/);
});

t.test("the kernel's own tests are told in every form, and decide nothing on this run", async (t) => {
  const head = 'd'.repeat(40);
  const report = assemble('run', green().set('regress', regressRecord({ head })));
  t.match(report, { verdict: 'PASS', notes: [/^npm run regress: 1 tests: fails$/], regress: { ok: false } });
  t.notOk(report.notPart.includes('npm run regress'));
  const page = formatHtml(report);
  t.match(page, /<h2>regress<\/h2>[\s\S]*test_progs[\s\S]*3 \/ 0 \/ 0[\s\S]*2 \/ 1 \/ 0/);
  t.match(page, /npm run regress -- --again tailcalls/);
  const text = formatText(report);
  t.match(
    text,
    sequence(
      /own tests: FAIL\n {2}test_progs +base 3 \/ 0 \/ 0, series 2 \/ 1 \/ 0/,
      /[\s\S]*FAIL test_progs: tailcalls\/one: fails/,
    ),
  );
  const old = assemble('run', green().set('regress', regressRecord({ head: 'old' })));
  t.match(old, { regress: undefined, notes: { length: 0 } });
  t.notMatch(formatHtml(old), /<h2>regress/, 'of other commits it says nothing');
});

t.test('programs that people use are told in every form, and decide nothing on this run', async (t) => {
  const report = assemble('run', green().set('clients', clientsRecord({ head: 'd'.repeat(40) })));
  t.match(report, { verdict: 'PASS', notes: [/^npm run clients: 1 tests: fails$/], clients: { ok: false } });
  t.notOk(report.notPart.includes('npm run clients'));
  const page = formatHtml(report);
  t.match(page, /<code>npm run clients -- --again perf<\/code>/);
  t.match(page, /<h2>clients<\/h2>[\s\S]*perf: cpu-clock/);
  t.match(formatText(report), /people use: FAIL\n {2}perf +base 1 \/ 0 \/ 0[\s\S]*FAIL perf: cpu-clock: fails/);
  const old = assemble('run', green().set('clients', clientsRecord({ head: 'old' })));
  t.match(old, { clients: undefined, notes: { length: 0 } });
  t.notMatch(formatHtml(old), /<h2>clients/, 'of other commits it says nothing');
});

t.test('patch x check: a column each, and what did not run is no pass', async (t) => {
  const verdicts = { checkpatch: '2 excused', size: '1 found', gcc: 'ok', smatch: 'not installed', clang: 'left out' };
  const columns = Object.entries(verdicts).map(([check, verdict]) => ({ check, verdict }));
  const record = (over: object): Parameters<Map<string, unknown>['set']>[1] =>
    checkRecord({ head: 'd'.repeat(40), patches: [{ ...checkedPatch('01'), ...over }] });
  const page = formatHtml(assemble('run', green().set('check', record({ columns }))));
  for (const check of Object.keys(verdicts)) t.match(page, `<th scope="col">${check}</th>`);
  const kinds = ['ok', 'bad', 'ok', 'none', 'none'];
  const row = Object.values(verdicts).map((verdict, at) => `<td><span class="${kinds[at]}">${verdict}</span></td>`);
  t.ok(page.includes(`<th scope="row">01</th>${row.join('')}`), 'in one row');
  const older = formatHtml(assemble('run', green().set('check', record({ columns: undefined }))));
  t.notMatch(older, /Each check of each patch/, 'a record without them can be read');
  t.match(older, /<th scope="col">checks<\/th>/);
});

t.test('a record may bring tables of its own', async (t) => {
  const rows = [{ label: 'interpreter', cells: ['1000', '<none>'] }];
  const tables = [{ title: 'Programs', note: 'One seed.', columns: ['runs', 'differ'], rows }];
  const page = formatHtml(assemble('run', green().set('fuzz', { stage: 'fuzz', tables })));
  t.match(page, /<h2>fuzz<\/h2>\n<h3>Programs<\/h3>[\s\S]*<td>&lt;none&gt;<\/td>/);
  t.notMatch(formatHtml(assemble('run', green().set('fuzz', { stage: 'fuzz', tables: [] }))), /<h2>fuzz/);
});

t.test('text fits a list reply', async (t) => {
  const text = formatText(assemble('run', records()));
  for (const line of text.split('\n')) t.ok(line.length <= COLUMNS, line);
  t.match(text, /dtrace-bpf v2 on Linux 6\.12\.117: FAIL/);
  t.match(text, /FAIL crashes\n\s+the guest panicked/);
  t.match(text, /skip skips: kernel without CONFIG_DTRACE/);
  t.match(text, /TCG: no \/dev\/kvm/);
});

t.test('wrapping keeps every character', async (t) => {
  const long = `${'x'.repeat(100)} and words ${'y'.repeat(80)}`;
  const lines = wrap(long, '- ');
  for (const line of lines) t.ok(line.length <= COLUMNS);
  t.equal(lines.join('').replace(/[- ]/g, ''), long.replaceAll(' ', ''));
  t.same(wrap('', 'x '), ['x']);
});

t.test('JUnit counts what could not be tested', async (t) => {
  t.match(formatJunit(assemble('run', new Map())), /failures="1"/, 'a run that did nothing is not green');
  const broken = assemble('run', green().set('failure.debug', failureRecord({ message: 'no' })));
  t.match(broken, { passed: 1, failed: 1 });
  t.match(formatJunit(broken), /tests="3" failures="1"[\s\S]*<failure message="debug: E_BUILD: no">/);
});

t.test('the page stands alone', async (t) => {
  const page = formatHtml(assemble('run', records()));
  t.notMatch(page, /<script|https?:|<img|<link|url\(/);
  t.match(page, /FAIL/);
  t.match(page, /&lt;oops&gt;/);
  t.match(page, /<details open><summary>tail-call: 1 passed, 1 failed, 1 skipped</, 'what is red is unfolded');
  t.match(page, /linux-source-6\.12/);
  t.notMatch(page, /Benchmarks/, 'none are committed');
});

t.test('with the committed benchmarks it stands alone, too', async (t) => {
  const measured = toFragment(
    results([
      ...emit('dtrace_reserve', 110),
      ...emit('perf_percpu', 580),
      ...emit('dtrace_reserve', 110, { size: 64 }),
    ]),
  );
  const page = formatHtml(assemble('run', records()), measured);
  t.match(page, /<h2>Benchmarks<\/h2>/);
  t.match(page, /<svg/);
  t.match(page, /C3.*refuted/);
  t.notMatch(page, /<script|https?:|<img|<link|url\(/);
});

t.test('a saved run is reported offline', async (t) => {
  const files = Object.fromEntries([...green()].map(([name, record]) => [`${name}.json`, JSON.stringify(record)]));
  const root = t.testdir({
    out: {
      '20260101T000000-test-1': files,
      '20260102T000000-apply-1': { 'apply.json': '{}' },
      'types.tsbuildinfo': '',
    },
  });
  const dir = newestRun(root);
  t.match(dir, /20260101T000000-test-1$/, 'the run that tested, not the newest directory');
  const { report, files: written } = writeReport(dir, root);
  t.equal(report.verdict, 'PASS');
  for (const file of written) t.ok(readFileSync(file, 'utf8').length > 100, file);
  t.same(readReport(dir), report, 'its own output does not change it');
  writeFileSync(join(dir, 'selftest.default.json'), '{"stage": "selftest", tru');
  t.equal(readReport(dir).verdict, 'INCOMPLETE', 'a truncated record');
  t.throws(() => readReport(join(root, 'out', 'none')), { code: 'E_RECORD_MISSING' });
  t.throws(() => newestRun(join(root, 'out')), { code: 'E_RECORD_MISSING' });
});

t.test('the version of a tool, a row each', async (t) => {
  const said = (stdout: string, stderr = '', failed = false): string =>
    toolFact('qemu', { failed, stdout, stderr }).value;
  t.strictSame(toolFact('qemu', { failed: false, stdout: 'QEMU emulator version 7.2\nCopyright\n', stderr: '' }), {
    name: 'qemu',
    value: 'QEMU emulator version 7.2',
  });
  t.equal(said('\n  1.2 \nmore'), '1.2');
  t.equal(said('', 'tool 3\n'), 'tool 3', 'some write it on standard error');
  t.equal(said('\n', 'tool 3\n'), 'tool 3', 'behind an empty line');
  t.equal(said(' \n', ''), 'no version');
  t.equal(said('', 'sh: qemu: not found', true), 'not installed');
});
