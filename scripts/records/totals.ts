import type { TestStatus, TopicRecord, Totals } from './selftest.ts';

export function totals(topics: readonly Pick<TopicRecord, 'tests'>[]): Totals {
  const count = (status: TestStatus): number => topics.reduce((sum, topic) => sum + topic.tests.filter((test) => test.status === status).length, 0);
  return { passed: count('passed'), failed: count('failed'), skipped: count('skipped') };
}

export function add(...parts: readonly Totals[]): Totals {
  return parts.reduce((a, b) => ({ passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped }), { passed: 0, failed: 0, skipped: 0 });
}

/** The last line of `npm test`. */
export function verdictLine({ passed, failed, skipped }: Totals): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
