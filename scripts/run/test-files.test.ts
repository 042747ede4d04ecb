import t from 'tap';
import { findTests, longestFirst } from './test-files.ts';

t.test('filters by part of the name', async (t) => {
  const root = t.testdir({
    scripts: {
      'a.test.ts': '',
      'a.host.test.ts': '',
      'b.ts': '',
      x: { 'b.test.ts': '', 'd.browser.host.test.ts': '' },
    },
    selftests: { 'topic.test.ts': '', lib: { 'c.test.ts': '', 'c.host.test.ts': '' }, kernel: { 'd.test.ts': '' } },
  });
  t.same(findTests(root, []), ['scripts/a.test.ts', 'scripts/x/b.test.ts', 'selftests/lib/c.test.ts']);
  t.same(findTests(root, ['b.']), ['scripts/x/b.test.ts']);
  t.same(findTests(root, ['browser'], 'host'), ['scripts/x/d.browser.host.test.ts'], 'only when it is named');
  t.same(findTests(root, ['browser']), []);
  t.same(findTests(root, [], 'host'), ['scripts/a.host.test.ts', 'selftests/lib/c.host.test.ts']);
});

t.test('the longest known file starts first, unknown ones before it', async (t) => {
  t.same(
    longestFirst(
      ['a', 'b', 'c', 'd'],
      new Map([
        ['a', 1],
        ['b', 9],
        ['c', 5],
      ]),
    ),
    ['d', 'b', 'c', 'a'],
  );
  t.same(longestFirst(['b', 'a'], new Map()), ['a', 'b']);
});
