import t from 'tap';
import { verdictOf, type Verdict } from './verdict.ts';

const BOOT = '[    0.000000] Linux version 6.12.117\r\nKTAP version 1\r\n';

t.test('what a console says, a row each', async (t) => {
  const rows: readonly (readonly [name: string, console: string, verdict: Verdict])[] = [
    ['both passed', `${BOOT}1..2\r\nok 1 a\r\nok 2 b\r\n[    1.2] reboot: Restarting system\r\n`, 'passed'],
    ['one did not', `${BOOT}1..2\r\nok 1 a\r\n# why\r\nnot ok 2 b\r\n`, 'failed'],
    ['the kernel died in the second', `${BOOT}1..2\r\nok 1 a\r\n[    1.3] BUG: kernel NULL pointer\r\n`, 'died'],
    ['the kernel complained of what passed', `${BOOT}1..1\n[    1.3] WARNING: CPU: 0\nok 1 a\n`, 'died'],
    ['it ended without a word', `${BOOT}1..2\r\nok 1 a\r\n`, 'died'],
    ['it never came so far', '[    0.000000] Linux version 6.12.117\n', 'died'],
    ['a plan of nothing', '1..0\n', 'died'],
    ['nothing', '', 'died'],
  ];
  for (const [name, console, verdict] of rows) t.equal(verdictOf(console), verdict, name);
});
