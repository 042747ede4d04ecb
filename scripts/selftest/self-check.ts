import { join } from 'node:path';
import { judgeProvoked } from './provoked.ts';
import { runTopics, type Ran, type RunTopics } from './run-topics.ts';
import type { TopicRecord } from './types.ts';

export const HARNESS_TOPIC = 'harness';

/** Runs the topic that goes wrong on purpose, in guests of its own, and checks that each wrong was reported as what it is. */
export async function selfCheck(options: Omit<RunTopics, 'topics'>): Promise<TopicRecord> {
  const started = performance.now();
  const ran = await runTopics({
    ...options,
    dir: join(options.dir, HARNESS_TOPIC),
    topics: ['provoke'],
    fileOf: () => join('selftests/harness/provoke/provoke.topic.ts'),
    who: 'guest of the harness',
    // its failures are what is wanted; only the verdict on them is news
    log: (entry) => {
      if (entry.kind === 'done' && entry.text.startsWith('guest ')) options.log(entry);
    },
  });
  const record = judge(ran, Math.round(performance.now() - started));
  const failed = record.tests.filter((test) => test.status === 'failed');
  options.log({ kind: failed.length > 0 ? 'warn' : 'done', text: `${HARNESS_TOPIC}: ${record.tests.length - failed.length} passed, ${failed.length} failed`, ms: record.ms });
  for (const test of failed) options.log({ kind: 'note', text: `${test.name}: ${test.failures[0]?.message ?? ''}\n${test.failures[0]?.detail ?? ''}` });
  return record;
}

/** The verdict on the provoked topic, as a topic. */
export function judge({ topics: [topic], boots }: Ran, ms: number): TopicRecord {
  return { topic: HARNESS_TOPIC, file: topic?.file ?? '', log: topic?.log ?? '', ms, tests: judgeProvoked(topic?.tests ?? [], boots) };
}
