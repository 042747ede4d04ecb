import { join } from 'node:path';
import { judgeProvoked } from './provoked.ts';
import { runTopics, type RunTopics } from './run-topics.ts';
import type { TopicRecord } from './types.ts';

export const HARNESS_TOPIC = 'harness';

/** Runs the topic that goes wrong on purpose, in guests of its own, and checks that each wrong was reported as what it is. */
export async function selfCheck(options: Omit<RunTopics, 'topics'>): Promise<TopicRecord> {
  const started = performance.now();
  const dir = join(options.dir, HARNESS_TOPIC);
  const provoked = await runTopics({
    ...options,
    dir,
    topics: ['provoke'],
    fileOf: () => join('selftests/harness/provoke/provoke.topic.ts'),
    // its failures are what is wanted; only the verdict on them is news
    log: (entry) => {
      if (entry.kind === 'done' && entry.text.startsWith('guest ')) options.log(entry);
    },
  });
  const [topic] = provoked.topics;
  const tests = judgeProvoked(topic?.tests ?? [], provoked.boots);
  const failed = tests.filter((test) => test.status === 'failed');
  const ms = Math.round(performance.now() - started);
  options.log({ kind: failed.length > 0 ? 'warn' : 'done', text: `${HARNESS_TOPIC}: ${tests.length - failed.length} passed, ${failed.length} failed`, ms });
  for (const test of failed) options.log({ kind: 'note', text: `${test.name}: ${test.failures[0]?.message ?? ''}\n${test.failures[0]?.detail ?? ''}` });
  return { topic: HARNESS_TOPIC, file: topic?.file ?? '', log: topic?.log ?? '', ms, tests };
}
