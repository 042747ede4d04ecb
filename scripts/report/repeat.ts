/** The one line that shows a result again, for a person with a clone and nothing else. */
import { formatArgv } from '../lib/exec.ts';
import type { SuiteRecord, TestRecord, TopicRecord } from '../records/selftest.ts';
import type { Report } from './model.ts';

const DEFAULT = 'default';

/** Applies, builds what is not built, and runs: what is there already takes a second. */
export function repeatConfig({ apply }: Pick<Report, 'apply'>, config: string, topics: readonly string[] = []): string {
  const named = config === DEFAULT ? [] : ['--config', config];
  const alone = topics.length === 0 ? ['--no-unit'] : [];
  const options = [...topics, ...alone, ...named, ...(apply?.base.options ?? [])];
  return formatArgv(['npm', 'test', '--', ...options]);
}

/** A test of the host stands in its topic with its file's name in front, see toTopic(). */
export function repeatTest(
  report: Pick<Report, 'apply'>,
  config: string,
  topic: TopicRecord,
  test: TestRecord,
): string {
  const [, file] = /^(\S+\.host\.test\.ts): /.exec(test.name) ?? [];
  return topic.file === '' && file !== undefined
    ? formatArgv(['npm', 'run', 'test:host', '--', file])
    : repeatConfig(report, config, [topic.topic]);
}

export function repeatFile(stage: SuiteRecord['stage'], file: string): string {
  return stage === 'types' ? 'npm run typecheck' : formatArgv(['npm', 'run', `test:${stage}`, '--', file]);
}

export const repeatPatch = (command: 'check' | 'bisect', id: string): string =>
  formatArgv(['npm', 'run', command, '--', id]);

/** What the kernel said of itself has no client of its own. */
export function repeatClient(suite: string): string {
  return formatArgv(['npm', 'run', 'clients', '--', '--again', ...(suite === 'kernel' ? [] : [suite])]);
}

/** A subtest is run by its test, and a test of another suite by its suite. */
export function repeatRegress(suite: string, name: string): string {
  const named = { test_progs: name.replace(/\/.*$/s, ''), test_verifier: suite, perf_events: suite }[suite];
  return formatArgv(['npm', 'run', 'regress', '--', '--again', ...(named === undefined ? [] : [named])]);
}
