import { join } from 'node:path';
import { WorkbenchError } from '../lib/errors.ts';
import { judgeNoBoot, judgeProvoked } from './provoked.ts';
import { runTopics, type Ran, type RunTopics } from './run-topics.ts';
import type { TopicRecord } from '../records/selftest.ts';

export const HARNESS_TOPIC = 'harness';

/** Runs the topic that goes wrong on purpose, in guests of its own, and checks that each wrong was reported as that. */
export async function selfCheck(options: Omit<RunTopics, 'topics'>): Promise<TopicRecord> {
  const started = performance.now();
  const provoke: RunTopics = {
    ...options,
    dir: join(options.dir, HARNESS_TOPIC),
    topics: ['provoke'],
    fileOf: () => join('scripts/guest/provoke/provoke.topic.ts'),
    who: 'guest of the harness',
    // most of what these guests do is to boot, and the second processor only makes that dearer
    machine: { cpus: 1 },
    // its failures are what is wanted; only the verdict on them is news
    log: (entry) => {
      if (entry.kind === 'done' && entry.text.startsWith('guest ')) options.log(entry);
    },
  };
  const ran = await runTopics(provoke);
  // the kernel looks for its root file system, and panics before there is an agent
  const rootless = { cpus: 1, append: ['rootflags=trans=none'] };
  const accel = { ...(ran.accel ?? options.accel), strict: true } as const;
  const [noBoot] = await Promise.allSettled([
    runTopics({ ...provoke, accel, dir: join(provoke.dir, 'no-boot'), machine: rootless }),
  ]);
  if (options.signal.aborted) throw new WorkbenchError('E_INTERRUPTED', `interrupted in ${HARNESS_TOPIC}`);
  const record = judge(ran, noBoot, Math.round(performance.now() - started));
  const failed = record.tests.filter((test) => test.status === 'failed');
  const text = `${HARNESS_TOPIC}: ${record.tests.length - failed.length} passed, ${failed.length} failed`;
  options.log({ kind: failed.length > 0 ? 'warn' : 'done', text, ms: record.ms });
  for (const {
    name,
    failures: [first],
  } of failed) {
    options.log({ kind: 'note', text: `${name}: ${first?.message ?? ''}\n${first?.detail ?? ''}` });
  }
  return record;
}

/** The verdicts on the provoked topic and on the boot that had to fail, as a topic. */
export function judge({ topics: [topic], boots }: Ran, noBoot: PromiseSettledResult<Ran>, ms: number): TopicRecord {
  const tests = [...judgeProvoked(topic?.tests ?? [], boots), judgeNoBoot(noBoot)];
  return { topic: HARNESS_TOPIC, file: topic?.file ?? '', log: topic?.log ?? '', ms, tests };
}
