import t from 'tap';
import { budgets, testBudgetMs } from './budgets.ts';

t.test('emulation and checking each cost a factor', async (t) => {
  const [fast, tcg, debug, both] = [
    budgets('kvm', false),
    budgets('tcg', false),
    budgets('kvm', true),
    budgets('tcg', true),
  ];
  t.equal(fast.slowness, 1);
  t.equal(both.slowness, tcg.slowness * debug.slowness);
  t.ok(fast.bootMs < tcg.bootMs && tcg.bootMs < both.bootMs);
  t.ok(both.silenceMs < both.bootMs, 'silence is noticed before the boot is given up');
});

t.test('a test gets its seconds times the slowness', async (t) => {
  t.equal(testBudgetMs(20, 4), 80_000);
});
