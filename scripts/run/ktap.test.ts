/** Streams within streams, in all ways that programs print them: one that is not well is found, however deep. */
import fc from 'fast-check';
import t from 'tap';
import { fromKtap } from './ktap.ts';
import { readTap } from './tap-result.ts';

const GOOD_END = { exitCode: 0, signal: null, timedOut: false };
const failures = (text: string): string[] =>
  readTap(text, GOOD_END).flatMap((test) => test.failures.map(({ message }) => message));

interface Stream {
  readonly version: string;
  /** What stands before each of its lines, behind what stands before its parent's. */
  readonly before: string;
  readonly named: boolean;
  readonly planLast: boolean;
  /** What its tests have within them; an empty one says ok. */
  readonly tests: readonly (Stream | undefined)[];
}

const VERSIONS = ['KTAP version 1', 'KTAP version 2', 'TAP version 13', 'TAP version 14'];
const BEFORE = [' ', '  ', '   ', '    ', '     ', '      ', '\t', '# '];

const stream = (depth: number, isRoot = false): fc.Arbitrary<Stream> =>
  fc
    .record({
      version: fc.constantFrom(...VERSIONS, ...(isRoot ? [] : [''])),
      before: isRoot ? fc.constant('') : fc.constantFrom(...BEFORE),
      named: fc.boolean(),
      planLast: fc.boolean(),
      tests: fc.array(depth > 1 ? fc.option(stream(depth - 1), { nil: undefined, freq: 2 }) : fc.constant(undefined), {
        minLength: 1,
        maxLength: 3,
      }),
    })
    // behind "# " only a version tells a child from a comment, and without one the plan begins it
    .map((one) => (one.before === '# ' && one.version === '' ? { ...one, version: 'TAP version 13' } : one))
    .map((one) => (one.version === '' ? { ...one, planLast: false } : one));

/** Each in its own way; parents say ok all the same. */
const FAULTS: Readonly<Record<string, (result: string) => string>> = {
  'not ok': (result) => result.replace('ok', 'not ok'),
  'not ok, without a number': (result) => result.replace(/ok \d+/, 'not ok -'),
  'out of time': (result) => `${result} # TIMEOUT 45 seconds`,
  'an error': (result) => `${result} # ERROR no memory`,
  'a bail-out': () => 'Bail out! broken',
  'not there': () => '',
  'a comment instead': () => '# ok',
};

/** @param fault done to the result with the number `at`, of those that have no child */
function print(root: Stream, at: number, fault: (result: string) => string): { text: string; leaves: number } {
  const out: string[] = [];
  let leaves = 0;
  const add = (one: Stream, outer: string): void => {
    const before = outer + one.before;
    const line = (text: string): unknown => text !== '' && out.push(before + text);
    line(one.version);
    if (one.named && outer !== before) line('# Subtest: of one');
    if (!one.planLast) line(`1..${one.tests.length}`);
    for (const [index, child] of one.tests.entries()) {
      if (child !== undefined) add(child, before);
      const result = `ok ${index + 1} test`;
      line(child === undefined && leaves++ === at ? fault(result) : result);
    }
    if (one.planLast) line(`1..${one.tests.length}`);
  };
  add(root, '');
  return { text: `${out.join('\n')}\n`, leaves };
}

t.test('what is well in each depth passes, and what is not, by whatever fault, does not', async (t) => {
  fc.assert(
    fc.property(stream(4, true), fc.nat(), fc.constantFrom(...Object.keys(FAULTS)), (root, nth, name) => {
      const { text, leaves } = print(root, -1, String);
      const found = failures(text);
      if (found.length > 0) throw new Error(`${found.join()}\n${text}\n${fromKtap(text)}`);
      const bad = print(root, nth % leaves, FAULTS[name] ?? String).text;
      if (failures(bad).length === 0) throw new Error(`${name} passes\n${bad}\n${fromKtap(bad)}`);
    }),
    { numRuns: 1_500 },
  );
  t.pass('none is taken for another');
});

t.test('a child of one test, by root, columns and version', async (t) => {
  for (const root of VERSIONS)
    for (const version of VERSIONS)
      for (const before of BEFORE) {
        const child = (result: string): string =>
          `${root}\n1..1\n${[version, '1..1', result].map((line) => before + line).join('\n')}\nok 1 x\n`;
        t.match(readTap(child('not ok 1 b'), GOOD_END)[0], { name: 'x', status: 'failed' }, child('not ok 1 b'));
        t.strictSame(failures(child('ok 1 b')), [], child('ok 1 b'));
      }
});

/** As kunit_run_param_test() prints it: values of a generator have no plan, those of an array have one. */
const PARAMETERS = (result: string, plan = '', subtest = '        # Subtest: p\n'): string =>
  'KTAP version 1\n1..1\n    KTAP version 1\n    # Subtest: suite\n    1..2\n' +
  `        KTAP version 1\n${subtest}${plan}` +
  `        ok 1 v=1\n        ${result}\n    # p: pass:2 fail:0 skip:0 total:2\n    ok 1 p\n    ok 2 q\n` +
  '# Totals: pass:3 fail:0 skip:0 total:3\nok 1 suite\n';

t.test('a test of KUnit for each value needs no plan, and is read', async (t) => {
  t.strictSame(failures(PARAMETERS('ok 2 v=2')), []);
  t.match(readTap(PARAMETERS('ok 2 v=2'), GOOD_END), [{ name: 'suite', assertions: 3 }]);
  t.strictSame(failures(PARAMETERS('ok 2 v=2', '        1..2\n')), []);
  t.match(failures(PARAMETERS('not ok 2 v=2')), ['v=2']);
  t.match(failures(PARAMETERS('ok 3 v=3')), [/test 2 has the number 3/]);
  t.match(failures(PARAMETERS('ok 2 v=2', '        1..3\n')), [/2 tests of 3 planned/]);
  t.match(failures(PARAMETERS('ok 2 v=2', '', '')), [/no plan/], 'others print one');
});

t.test('a failure in a shape that is not known is one', async (t) => {
  const lost = (line: string): string => `TAP version 14\n1..1\n${line}\nok 1 x\n`;
  for (const line of [
    '  not ok - b',
    '  not ok',
    '# not ok 1 b',
    '# # not ok 1 b',
    '  Bail out! broken',
    '# ok 1 b # TIMEOUT',
    ' # not ok - b',
  ])
    t.match(failures(lost(line)), [/belongs to no test: ".*(?:not ok|Bail out!)/], line);
  for (const line of [
    '# not ok to do so',
    'words: not ok 1 b',
    '# the last was not ok',
    '  ok so far',
    '  1..3 of them',
  ])
    t.strictSame(failures(lost(line)), [], line);
  t.strictSame(failures(`${lost('# x')}  ---\n  not ok 1 b: 1\n  ...\n`), [], 'diagnostics quote anything');
  t.match(failures(`${lost('# x')}  ---\n  a: 1\nwords\n  not ok 1 b\n`), [/belongs|no result/], 'if they are some');
});

t.test('out of time, in TAP as in KTAP', async (t) => {
  t.match(failures('TAP version 13\n1..1\nok 1 x # TIMEOUT 45 seconds\n'), [/^x/]);
  t.strictSame(failures('TAP version 13\n1..1\nok 1 x \\# TIMEOUT 45 seconds\n'), [], 'a name of tap');
});
