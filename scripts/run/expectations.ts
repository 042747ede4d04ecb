/** How long each part of a run will take, by what it took before. */
import { pastMs } from '../lib/past.ts';
import { applySchema } from '../records/apply.ts';
import { buildSchema, configSchema } from '../records/build.ts';
import { selftestSchema, suiteSchema } from '../records/selftest.ts';
import { bisectSchema, checkSchema } from '../records/series.ts';

type Ms = number | undefined;

export interface Expectations {
  apply(): Ms;
  config(config: string): Ms;
  build(config: string): Ms;
  /** @param files of them: a part of the tests says nothing about all, nor the other way round */
  suite(stage: 'unit' | 'host' | 'types', files: number): Ms;
  /** The same topics, in the same configuration. */
  selftest(config: string, topics: readonly string[]): Ms;
  topic(config: string, topic: string): Ms;
  check(patches: number, quick: boolean): Ms;
  bisect(patches: number, variants: number): Ms;
}

/** Records of what was there already are left out: that takes no time, whatever is expected. */
export function expectations(root: string): Expectations {
  const sameTopics = (a: readonly string[], b: readonly string[]): boolean =>
    [...a].sort().join() === [...b].sort().join();
  return {
    apply: () =>
      pastMs(root, 'apply', applySchema, ({ reused, commits, durationMs }) =>
        reused < commits.length ? durationMs : undefined,
      ),
    config: (config) => pastMs(root, `config.${config}`, configSchema, ({ reused, ms }) => (reused ? undefined : ms)),
    build: (config) => pastMs(root, `build.${config}`, buildSchema, ({ reused, ms }) => (reused ? undefined : ms)),
    suite: (stage, count) =>
      pastMs(root, stage, suiteSchema, ({ files, ms }) => (files.length === count ? ms : undefined)),
    selftest: (config, topics) =>
      pastMs(root, `selftest.${config}`, selftestSchema, (record) =>
        sameTopics(
          record.topics.map(({ topic }) => topic),
          topics,
        )
          ? record.ms
          : undefined,
      ),
    check: (count, quick) =>
      pastMs(root, 'check', checkSchema, ({ patches, ms }) =>
        patches.length === count && patches.every(({ objects }) => objects.length === 0) === quick ? ms : undefined,
      ),
    bisect: (count, variants) =>
      pastMs(root, 'bisect', bisectSchema, ({ patches, ms }) =>
        patches.length === count && patches.every((patch) => patch.variants.length === variants) ? ms : undefined,
      ),
    topic: (config, topic) =>
      pastMs(root, `selftest.${config}`, selftestSchema, ({ topics }) => topics.find((one) => one.topic === topic)?.ms),
  };
}
