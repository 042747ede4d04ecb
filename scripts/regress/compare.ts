/** Base against series, test by test, by name. Pure. */
import type { Difference, KernelTest, SideRecord } from '../records/regress.ts';

type Status = Difference['base'];

/** What a difference is called, and whether it is the fault of the series until somebody shows that it is not. */
function judge(base: Status, series: Status): Pick<Difference, 'kind' | 'red'> | undefined {
  if (base === series) return base === 'failed' ? { kind: 'fails on both', red: false } : undefined;
  if (series === 'none') return { kind: 'vanished', red: true };
  if (series === 'failed') return { kind: base === 'none' ? 'new, and fails' : 'fails', red: true };
  if (base === 'none') return { kind: 'new', red: false };
  if (base === 'passed') return { kind: 'is skipped now', red: true };
  return { kind: base === 'failed' ? 'failed before' : 'was skipped before', red: false };
}

const keyOf = ({ suite, name }: Pick<KernelTest, 'suite' | 'name'>): string => `${suite}\0${name}`;

/** All that is not the same and good on both; what is red comes first. */
export function differencesOf(base: readonly KernelTest[], series: readonly KernelTest[]): Difference[] {
  const before = new Map(base.map((test) => [keyOf(test), test]));
  const after = new Map(series.map((test) => [keyOf(test), test]));
  const found = [...new Map([...before, ...after]).values()].flatMap(({ suite, name }): Difference[] => {
    const [old, now] = [before.get(keyOf({ suite, name })), after.get(keyOf({ suite, name }))];
    // of what the kernel says of itself there is nothing to be missed
    const none = suite === KERNEL ? 'passed' : 'none';
    const states = { base: old?.status ?? none, series: now?.status ?? none } as const;
    const verdict = judge(states.base, states.series);
    return verdict === undefined ? [] : [{ suite, name, ...states, ...verdict, why: now?.why || old?.why || '' }];
  });
  return found.sort((a, b) => Number(b.red) - Number(a.red));
}

/** The suite of splats and deaths. */
export const KERNEL = 'kernel';

/** Why the comparison is no pass. @param suites that had to run @param ofBase those that the base has tests of */
export function problemsOf(
  base: Pick<SideRecord, 'tests'>,
  series: Pick<SideRecord, 'tests'>,
  differences: readonly Difference[],
  suites: readonly string[],
  ofBase: readonly string[] = suites,
): string[] {
  const passed = (side: Pick<SideRecord, 'tests'>, suite: string): boolean =>
    side.tests.some((test) => test.suite === suite && test.status === 'passed');
  const kinds = [...new Set(differences.filter(({ red }) => red).map(({ kind }) => kind))];
  const count = (kind: string): number => differences.filter((one) => one.red && one.kind === kind).length;
  return [
    ...(suites.length === 0 ? ['no test was run'] : []),
    ...suites.flatMap((suite) => [
      ...(passed(base, suite) || !ofBase.includes(suite) ? [] : [`${suite}: no test passed on the base`]),
      ...(passed(series, suite) ? [] : [`${suite}: no test passed with the series`]),
    ]),
    ...kinds.map((kind) => `${count(kind)} tests: ${kind}`),
  ];
}
