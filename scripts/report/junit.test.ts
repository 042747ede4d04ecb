/** What Jenkins and GitLab read of it. The grammar is that of Jenkins' xUnit plugin (junit-10.xsd), as far as used. */
import { SaxesParser } from 'saxes';
import t, { type Test } from 'tap';
import { failedTest, type SelftestRecord, type TestRecord } from '../records/selftest.ts';
import { failureRecord } from '../testing/records.ts';
import { green, records, suite } from '../testing/report.ts';
import { escapeXml, formatJunit } from './junit.ts';
import { assemble } from './model.ts';

interface Element {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  text: string;
}

function parse(xml: string): Element {
  const top: Element = { tag: '', attributes: {}, children: [], text: '' };
  const open = [top];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    const element: Element = { tag: name, attributes, children: [], text: '' };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  parser.on('text', (text) => {
    const [element] = open.slice(-1);
    if (element !== undefined) element.text += text;
  });
  parser.on('closetag', () => open.pop());
  parser.write(xml).close();
  return top;
}

interface Rule {
  readonly required: readonly string[];
  readonly optional: readonly string[];
  readonly children: readonly string[];
}

const GRAMMAR: Readonly<Record<string, Rule>> = {
  '': { required: [], optional: [], children: ['testsuites'] },
  testsuites: { required: [], optional: ['name', 'time', 'tests', 'failures', 'errors'], children: ['testsuite'] },
  testsuite: {
    required: ['name', 'tests', 'failures', 'errors'],
    optional: ['time', 'skipped', 'timestamp', 'hostname', 'id', 'package', 'file', 'log', 'url', 'group'],
    children: ['properties', 'testcase', 'system-out', 'system-err'],
  },
  properties: { required: [], optional: [], children: ['property'] },
  property: { required: ['name', 'value'], optional: [], children: [] },
  testcase: {
    required: ['name'],
    optional: ['classname', 'time', 'group'],
    children: ['skipped', 'error', 'failure', 'system-out', 'system-err'],
  },
  failure: { required: [], optional: ['type', 'message'], children: [] },
  skipped: { required: [], optional: ['type', 'message'], children: [] },
  'system-out': { required: [], optional: [], children: [] },
};

function breaches({ tag, attributes, children }: Element): string[] {
  const rule = GRAMMAR[tag];
  if (rule === undefined) return [`<${tag}>`];
  const names = Object.keys(attributes);
  return [
    ...rule.required.filter((name) => !names.includes(name)).map((name) => `<${tag}> without ${name}`),
    ...names.filter((name) => ![...rule.required, ...rule.optional].includes(name)).map((name) => `<${tag} ${name}>`),
    ...children.filter((child) => !rule.children.includes(child.tag)).map((child) => `<${tag}> has <${child.tag}>`),
    ...children.flatMap(breaches),
  ];
}

const all = (element: Element, tag: string): Element[] =>
  element.children.flatMap((child) => [...(child.tag === tag ? [child] : []), ...all(child, tag)]);

/** Whether the counts of each element are those of what is in it. */
function checkCounts(t: Test, root: Element): void {
  for (const element of [...all(root, 'testsuites'), ...all(root, 'testsuite')]) {
    const cases = all(element, 'testcase');
    const name = element.attributes['name'] ?? '';
    t.equal(element.attributes['tests'], String(cases.length), name);
    t.equal(element.attributes['failures'], String(all(element, 'failure').length), name);
    t.equal(element.attributes['errors'], '0', name);
    t.match(element.attributes['time'], /^\d+\.\d{3}$/, name);
  }
}

const noise = (name: string, more: Partial<TestRecord> = {}): TestRecord => ({
  ...failedTest(name, [{ message: 'two\nlines\tof "it"', detail: 'BUG: \u0007 ]]> <oops>\r\n& \ufffe' }], 1234),
  ...more,
});

/** Everything a run can have: two configurations with the same tests, the same name twice, suites, and a broken one. */
function full(): Map<string, unknown> {
  const input = records()
    .set('unit', suite('unit', 'adds'))
    .set('types', suite('types'))
    .set('failure.kasan', failureRecord({ config: 'kasan' }));
  for (const config of ['default', 'debug']) {
    const record = input.get(`selftest.${config}`) as SelftestRecord;
    const [topic] = record.topics;
    const tests = [noise('same'), noise('same'), noise('same (2)'), noise('other', { status: 'passed', failures: [] })];
    input.set(`selftest.${config}`, { ...record, topics: [{ ...topic, tests }], passed: 1, failed: 3, skipped: 0 });
  }
  return input;
}

t.test('the reports that there are keep to the grammar, and count right', async (t) => {
  for (const [name, input] of Object.entries({ green: green(), red: records(), full: full(), nothing: new Map() })) {
    const root = parse(formatJunit(assemble('run', input)));
    t.strictSame(breaches(root), [], name);
    t.equal(all(root, 'testsuites').length, 1);
    checkCounts(t, root);
  }
});

t.test('the grammar is one that can be broken', async (t) => {
  const suites = (text: string): string[] => breaches(parse(`<testsuites>${text}</testsuites>`));
  t.strictSame(suites('<testsuite name="a" tests="0" failures="0"/>'), ['<testsuite> without errors']);
  t.strictSame(suites('<testcase name="a" file="b"/>'), ['<testsuites> has <testcase>', '<testcase file>']);
  t.throws(() => parse('<a b="<"/>'));
});

t.test('no two cases have the same class and name', async (t) => {
  const cases = all(parse(formatJunit(assemble('run', full()))), 'testcase').map(({ attributes }) => attributes);
  const names = cases.map(({ classname, name }) => `${classname}: ${name}`);
  t.equal(new Set(names).size, names.length);
  const of = (suite: string): (string | undefined)[] =>
    cases.filter(({ classname }) => classname === suite).map(({ name }) => name);
  t.strictSame(of('default.tail-call'), ['same', 'same (2)', 'same (2) (2)', 'other']);
  t.strictSame(of('debug.tail-call'), of('default.tail-call'), 'the same in each configuration');
});

t.test('a class is what Jenkins takes for one: the last part, in packages', async (t) => {
  const unit = suite('unit');
  const file = 'scripts/guest/vm.host.test.ts';
  const input = green().set('unit', { ...unit, files: unit.files.map((one) => ({ ...one, file })) });
  const names = all(parse(formatJunit(assemble('run', input))), 'testsuite').map(
    ({ attributes }) => attributes['name'],
  );
  t.strictSame(names, ['unit.scripts.guest.vm_host', 'default.tail-call']);
});

t.test('a failure says all of it, and how to see it again', async (t) => {
  const root = parse(formatJunit(assemble('run', full())));
  const [first] = all(root, 'testcase').filter(({ attributes }) => attributes['classname'] === 'debug.tail-call');
  t.match(first, { attributes: { time: '1.234' } });
  const [failure] = first?.children ?? [];
  t.equal(failure?.attributes['message'], 'two\nlines\tof "it"', 'line breaks are kept');
  t.equal(
    failure?.text,
    'two\nlines\tof "it"\nBUG: \ufffd ]]> <oops>\n& \ufffd\n\nagain: npm test -- tail-call --config debug',
  );
  const texts = all(root, 'failure').map(({ text }) => text);
  t.ok(texts.some((text) => /again: npm run test:unit -- scripts\/unit\.test\.ts$/.test(text)));
  t.ok(texts.some((text) => /next: less log\b[\s\S]*again: npm test -- --no-unit --config kasan$/.test(text)));
});

t.test('a suite has its surroundings as properties, and names its log', async (t) => {
  const input = green();
  const record = input.get('selftest.default') as SelftestRecord;
  input.set('selftest.default', {
    ...record,
    topics: record.topics.map((topic) => ({ ...topic, log: '/out/a&b.tap' })),
  });
  const [found] = all(parse(formatJunit(assemble('run', input))), 'testsuite');
  const properties = all(found as Element, 'property').map(({ attributes }) => [
    attributes['name'],
    attributes['value'],
  ]);
  t.strictSame(properties, [
    ['config', 'default'],
    ['release', '6.12.117'],
    ['tree', 'a'.repeat(40)],
    ['accel', 'tcg'],
    ['compiler', 'gcc (Debian 12.2.0-14)'],
  ]);
  t.strictSame(
    all(found as Element, 'system-out').map(({ text }) => text),
    ['log: /out/a&b.tap'],
  );
});

t.test('characters that are not XML', async (t) => {
  t.equal(escapeXml('\u0000<&">'), '\ufffd&lt;&amp;&quot;&gt;');
});
