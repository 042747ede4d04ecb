/** Topics and their tests on the page: a table of where it is red, and all of the tests below it. */
import { formatDuration } from '../lib/log.ts';
import type { TestRecord } from '../records/selftest.ts';
import { totals } from '../records/totals.ts';
import { folded, h, mark, table } from './markup.ts';
import type { ConfigReport } from './model.ts';

const topicsOf = (configs: readonly ConfigReport[]): string[] =>
  [...new Set(configs.flatMap((c) => c.selftest?.topics.map((x) => x.topic) ?? []))].sort();

const idOf = (topic: string): string => `topic-${encodeURIComponent(topic)}`;

/** Topics down, configurations across; those without a test have their line elsewhere. */
export function topicMatrix(configs: readonly ConfigReport[]): string {
  const tested = configs.filter(({ selftest }) => selftest !== undefined);
  const rows = topicsOf(tested).map((topic) => [
    `<a href="#${h(idOf(topic))}">${h(topic)}</a>`,
    ...tested.map(({ selftest }) => {
      const found = selftest?.topics.find((x) => x.topic === topic);
      if (found === undefined) return mark('none', 'not run');
      const { passed, failed, skipped } = totals([found]);
      const text = `${passed} of ${found.tests.length}${skipped > 0 ? `, ${skipped} skipped` : ''}`;
      if (failed > 0 || passed === 0) return mark('bad', failed > 0 ? `${failed} failed, ${text}` : text);
      return mark(skipped > 0 ? 'skip' : 'ok', text);
    }),
  ]);
  const columns = [{ head: 'topic' }, ...tested.map(({ name }) => ({ head: name }))];
  return rows.length === 0 ? '<p>No test ran.</p>' : table('Topics', columns, rows);
}

const MARKS = { passed: mark('ok', 'pass'), skipped: mark('skip', 'skip'), failed: mark('bad', 'FAIL') } as const;
const COLUMNS = [
  { head: 'test' },
  { head: 'result' },
  { head: 'assertions', numeric: true, minor: true },
  { head: 'time', numeric: true },
] as const;

function testRow({ name, status, reason, failures, assertions, ms }: TestRecord): string[] {
  const more = failures.map((f) => `<pre>${h(`${f.message}\n${f.detail}`.trim())}</pre>`).join('');
  const why = reason === '' ? '' : `<br><small>${h(reason)}</small>`;
  return [`${h(name)}${why}${more}`, MARKS[status], String(assertions), h(formatDuration(ms))];
}

export function topicDetails(configs: readonly ConfigReport[]): string {
  return topicsOf(configs)
    .map((topic) => {
      const found = configs.flatMap(({ name, selftest }) => {
        const [record] = selftest?.topics.filter((x) => x.topic === topic) ?? [];
        return record === undefined ? [] : [{ name, record }];
      });
      const parts = found.map(
        ({ name, record }) => `<h3>${h(name)}</h3>${table(`${topic}, ${name}`, COLUMNS, record.tests.map(testRow))}`,
      );
      const { failed, passed, skipped } = totals(found.map(({ record }) => record));
      const counts = [
        `${passed} passed`,
        ...(failed > 0 ? [`${failed} failed`] : []),
        ...(skipped > 0 ? [`${skipped} skipped`] : []),
      ];
      return folded(`${topic}: ${counts.join(', ')}`, parts.join(''), { id: idOf(topic), open: failed > 0 });
    })
    .join('\n');
}
