import t from 'tap';
import { evaluate, macrosIn, parseExpr, printExpr, symbolsIn, unmetParts } from './expr.ts';

const config: Record<string, string> = { A: 'y', M: 'm', HZ: '250', NAME: '"x86"', GCC_VERSION: '120200' };
const lookup = (symbol: string): string => config[symbol] ?? 'n';

t.test('evaluates like Kconfig, a row each', async (t) => {
  const rows: [string, number][] = [
    ['A', 2],
    ['B', 0],
    ['M', 1],
    ['!M', 1],
    ['!A', 0],
    ['!B', 2],
    ['A && M', 1],
    ['B || M', 1],
    ['A && !B', 2],
    ['A || B && B', 2],
    ['(A || B) && B', 0],
    ['HZ = 250', 2],
    ['HZ=1000', 0],
    ['HZ != 250', 0],
    ['GCC_VERSION >= 90000', 2],
    ['GCC_VERSION < 90000', 0],
    ['NAME = "x86"', 2],
    ['M = m', 2],
    ['M=y', 0],
    ['A=y || B', 2],
    ['y', 2],
    ['n', 0],
    ['$(cc-option,-mfoo=(1))', 2],
    ['!$(success,false)', 2],
    ['$(a,$(b,c)) && B', 0],
    ['64BIT', 0],
    ['0x10 = 16', 2],
  ];
  for (const [source, value] of rows) t.equal(evaluate(parseExpr(source), lookup), value, source);
});

t.test('prints what it parsed, with the parentheses that matter', async (t) => {
  for (const source of [
    'A && (B || M)',
    '!(A && B)',
    'A || B && M',
    'HZ>=100 && !A',
    'NAME="x86"',
    '$(cc-option,-m32) && A',
  ]) {
    t.equal(printExpr(parseExpr(source)), source);
  }
});

t.test('names the conjuncts that are not met', async (t) => {
  const unmet = (source: string, wanted?: number): string[] =>
    unmetParts(parseExpr(source), lookup, wanted).map(printExpr);
  t.same(unmet('A && B && (C || D) && HZ=250'), ['B', 'C || D']);
  t.same(unmet('A && M'), ['M']);
  t.same(unmet('A && M', 1), []);
  t.same(unmet('!A && B'), ['!A', 'B']);
  t.same(unmet('A'), []);
});

t.test('lists symbols and macros', async (t) => {
  const expr = parseExpr('A && !(B || $(cc-option,-x)) && HZ=250');
  t.same(symbolsIn(expr), ['A', 'B', 'HZ']);
  t.same(macrosIn(expr), ['$(cc-option,-x)']);
});

t.test('bad input', async (t) => {
  for (const source of ['', 'A &&', '(A', 'A B', '&& A', 'A = ', '$(oops', 'A ? B', '!']) {
    t.throws(() => parseExpr(source), { name: 'ExprError' }, JSON.stringify(source));
  }
});
