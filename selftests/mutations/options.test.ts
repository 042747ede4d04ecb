import t from 'tap';
import { ALL } from './fixture.ts';
import { parseRun } from './options.ts';

t.test('what is asked for, a row each; a word that means nothing is refused', async (t) => {
  const numbers = (...args: string[]): number[] => parseRun(args, ALL).mutations.map(({ number }) => number);
  t.strictSame(numbers(), [1, 2, 101]);
  t.strictSame(numbers('101', '1'), [1, 101]);
  t.match(parseRun([], ALL), { config: 'default', accel: 'auto', write: false });
  t.match(parseRun(['--accel', 'tcg', '1', '--accel=kvm'], ALL), { accel: 'kvm', mutations: { length: 1 } });
  t.match(parseRun(['--write', '2', '--config', 'debug'], ALL), {
    config: 'debug',
    write: true,
    mutations: { length: 1 },
  });
  t.equal(parseRun(['--base', 'v6.12', '1'], ALL).base, 'v6.12');
  t.match(parseRun(['--config=debug'], ALL), { config: 'debug', write: false });
  for (const [args, message] of [
    [['3', '1', '7'], /^no mutation 3, 7; there are 1-2, 101$/],
    [['--wirte'], /^--wirte is no option/],
    [['--config'], /--config needs the name/],
    [['--accel', 'xen'], /--accel xen: it is one of auto, kvm, tcg/],
    [['--config', '--write'], /--config needs the name/],
    [['--config='], /--config needs/],
    [['1-3'], /^1-3 is no option and no number/],
  ] as const)
    t.throws(
      () => parseRun(args, ALL),
      { code: 'E_USAGE', exitCode: 2, message, next: /^node --import tsx selftests\/mutations\/run\.ts/ },
      args.join(' '),
    );
});
