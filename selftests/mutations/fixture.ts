/** For the tests of this directory: mutations and results by name, and a series that is applied. */
import { join } from 'node:path';
import type { Test } from 'tap';
import { silentLog } from '../../scripts/lib/log.ts';
import { cachePaths } from '../../scripts/lib/paths.ts';
import { openRun } from '../../scripts/lib/record.ts';
import type { StageContext } from '../../scripts/lib/stage.ts';
import type { TestRecord, TopicRecord } from '../../scripts/records/selftest.ts';
import { useCacheHome } from '../../scripts/testing/cache-home.ts';
import { commit, git, lines, makeKernel } from '../../scripts/testing/project.ts';
import { applyRecord, writeRun } from '../../scripts/testing/records.ts';
import type { Mutation } from './table.ts';

export const mutation = (number: number, ...topics: string[]): Mutation => ({
  number,
  name: `mutation ${number}`,
  breaks: 'it',
  topics,
});
export const ALL = [mutation(1, 'a', 'b'), mutation(2, 'b'), mutation(101, 'c')];

export function stage(root: string, run = openRun(root, 'mutations')): StageContext {
  return { root, log: silentLog, signal: new AbortController().signal, run, dryRun: false };
}

export const tested = (name: string, status: TestRecord['status'], message?: string): TestRecord => ({
  name,
  status,
  reason: '',
  ms: 0,
  assertions: 0,
  failures: message === undefined ? [] : [{ message, detail: '' }],
});
export const topicOf = (topic: string, tests: readonly TestRecord[]): TopicRecord => ({
  topic,
  file: '',
  log: '',
  ms: 0,
  tests,
});

export interface AppliedSeries {
  readonly root: string;
  readonly kernel: string;
  readonly base: string;
  readonly head: string;
}

/**
 * A repository with a base and a series of one commit on it, applied as far as the records say, and a cache of its own.
 */
export function appliedSeries(t: Test): AppliedSeries {
  const root = t.testdir({});
  useCacheHome(t, join(root, 'cache'));
  const kernel = join(cachePaths().worktrees, 'mine');
  makeKernel(kernel);
  const base = git(kernel, 'rev-parse', 'HEAD').trim();
  const head = commit(kernel, 'series', { 'kernel/core.c': lines('series') });
  recordApply(root, kernel, base, head);
  return { root, kernel, base, head };
}

/** As the newest record of apply: `head` is what is applied in `worktree`. */
export function recordApply(root: string, worktree: string, base: string, head: string): void {
  const apply = applyRecord(worktree);
  const tree = git(worktree, 'rev-parse', `${head}^{tree}`).trim();
  writeRun(root, '20260101T000000-apply-1', { apply: { ...apply, head, tree, base: { ...apply.base, commit: base } } });
}

/** Changes a file of the series, and adds one. */
export const DIFF = `--- a/kernel/core.c
+++ b/kernel/core.c
@@ -1,2 +1,2 @@
-series line 1
+broken line 1
 series line 2
diff --git a/new.c b/new.c
new file mode 100644
--- /dev/null
+++ b/new.c
@@ -0,0 +1 @@
+int broken;
`;
