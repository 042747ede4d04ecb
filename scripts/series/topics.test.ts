import { dirname } from 'node:path';
import t from 'tap';
import { listTopics } from '../run/topics.ts';
import { loadManifest } from './load.ts';
import { topicsUpTo } from './topics.ts';

t.test('the topics of a part of the series, a row each', async (t) => {
  const patches = [
    { id: '01', file: '0001-a.patch' },
    { id: '02', file: '0002-b.patch', topics: ['tail', 'smoke'] },
    { id: '03', file: '0003-c.patch', topics: ['tool'] },
    { id: '04', file: '0004-d.patch' },
  ];
  const all = ['agent', 'rings', 'smoke', 'tail', 'tool'];
  const rows: [count: number, topics: string[]][] = [
    [0, ['agent']],
    [1, ['agent']],
    [2, ['agent', 'smoke', 'tail']],
    [3, ['agent', 'smoke', 'tail', 'tool']],
    [4, all],
  ];
  for (const [count, topics] of rows) t.strictSame(topicsUpTo(patches, count, all), topics, `${count} patches`);
});

t.test('what the manifest names is there, and once', async (t) => {
  const root = dirname(dirname(import.meta.dirname));
  const all = listTopics(root);
  t.ok(all.includes('agent'), 'what every kernel can run');
  const named = loadManifest(root).data.patches.flatMap(({ topics = [] }) => topics);
  t.strictSame(
    named.filter((topic, index) => !all.includes(topic) || named.indexOf(topic) !== index),
    [],
  );
});
