/** What a worker says about one test file, and what a person reads at the end. */

export interface UnitFailure {
  readonly name: string;
  readonly detail: string;
}

export interface UnitTest {
  readonly name: string;
  readonly ok: boolean;
  /** Reason of a skip; a skip without one is a failure. */
  readonly skip: string | undefined;
  readonly failures: readonly UnitFailure[];
}

export interface FileResult {
  readonly file: string;
  readonly tests: readonly UnitTest[];
  readonly ms: number;
}

/** out/<run>/unit.json, host.json and types.json. */
export interface UnitRecord {
  readonly stage: 'unit' | 'host' | 'types';
  readonly files: readonly FileResult[];
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly ms: number;
}

export interface UnitSummary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly failures: readonly { readonly file: string; readonly name: string; readonly detail: string }[];
}

/** Why a test failed: never nothing. */
export function problemsOf(test: UnitTest): readonly UnitFailure[] {
  if (test.ok) return [];
  return test.failures.length > 0 ? test.failures : [{ name: test.name, detail: '' }];
}

/** A file without tests fails, and so does a run without files: neither has shown anything. */
export function summarise(files: readonly FileResult[]): UnitSummary {
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  const failures: { file: string; name: string; detail: string }[] = [];
  if (files.length === 0) failures.push({ file: '', name: 'no test files', detail: 'nothing matches' });
  for (const { file, tests } of files) {
    if (tests.length === 0) failures.push({ file, name: 'no tests', detail: 'the file ran and tested nothing' });
    for (const test of tests) {
      if (test.skip !== undefined && test.ok) skipped += 1;
      else if (test.ok) passed += 1;
      else {
        failed += 1;
        for (const failure of problemsOf(test)) failures.push({ file, ...failure });
      }
    }
  }
  failed += failures.filter((f) => f.name === 'no tests' || f.name === 'no test files').length;
  return { passed, failed, skipped, failures };
}
