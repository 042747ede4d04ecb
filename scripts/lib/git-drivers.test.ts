import t from 'tap';
import { overriding } from './git-drivers.ts';

t.test('each program of a configuration is set to nothing by its own name, and nothing else is', async (t) => {
  const names = [
    'core.autocrlf',
    'filter.lfs.clean',
    'filter.lfs.clean',
    'filter.A.b=c.required',
    'filter.two\nlines.process',
    'filter.lfs.unknown',
    'merge.ours.driver',
    'merge.ours.name',
    'merge.conflictstyle',
    '',
  ];
  const { GIT_CONFIG_COUNT: count, ...pairs } = overriding(names);
  const found = Array.from({ length: Number(count) }, (_, at) => [
    pairs[`GIT_CONFIG_KEY_${at}`],
    pairs[`GIT_CONFIG_VALUE_${at}`],
  ]);
  t.strictSame(found.slice(0, 3), [
    ['filter.lfs.clean', ''],
    ['filter.A.b=c.required', 'false'],
    ['filter.two\nlines.process', ''],
  ]);
  t.match(found[3], ['merge.ours.driver', /^git merge-file /]);
  t.equal(found.length, 4);
  t.strictSame(overriding(['core.bare', '']), {});
});
