import { failedTest, type FileRecord, type TestRecord, type Totals } from './selftest.ts';

export function totals(files: readonly Pick<FileRecord, 'tests'>[]): Totals {
  const tests = files.flatMap((file) => file.tests);
  const count = (status: TestRecord['status']): number => tests.filter((test) => test.status === status).length;
  return { passed: count('passed'), failed: count('failed'), skipped: count('skipped') };
}

export function add(...parts: readonly Totals[]): Totals {
  const sum = (key: keyof Totals): number => parts.reduce((total, part) => total + part[key], 0);
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
}

/** The last line of `npm test`. */
export function verdictLine({ passed, failed, skipped }: Totals): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** A file without tests fails, and so does a run without files: neither has shown anything. */
export function judged(files: readonly FileRecord[]): FileRecord[] {
  const nothing = (message: string, detail: string): TestRecord[] => [failedTest(message, [{ message, detail }])];
  if (files.length === 0) return [{ file: 'tests', ms: 0, tests: nothing('no test files', 'nothing matches') }];
  const empty = nothing('no tests', 'the file ran and tested nothing');
  return files.map((one) => (one.tests.length > 0 ? one : { ...one, tests: empty }));
}
