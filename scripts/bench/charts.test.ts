import t from 'tap';
import { chartsOf, toSvg } from './charts.ts';
import { emit, row } from '../testing/bench.ts';

t.test('nothing to draw is no chart', async (t) => {
  t.equal(toSvg({ title: 't', x: 'x', y: 'y', lines: [] }), null);
  t.same(chartsOf([]), []);
});

t.test('a chart has its axes, its line and a legend, and needs nothing from elsewhere', async (t) => {
  const svg =
    toSvg({
      title: 'a & b',
      x: 'bytes',
      y: 'n',
      lines: [
        {
          label: 'ours',
          points: [
            { x: 8, y: 100 },
            { x: 4096, y: 2000 },
            { x: 16, y: 0 },
          ],
        },
      ],
    }) ?? '';
  t.match(svg, '<title>a &amp; b</title>');
  t.match(svg, />ours<\/text>/);
  t.match(svg, />1k<\/text>/);
  t.notMatch(svg, /NaN|Infinity|undefined|href|url\(/);
});

t.test('a single point, and equal values, still have a scale', async (t) => {
  t.notMatch(toSvg({ title: 't', x: 'x', y: 'y', lines: [{ label: 'l', points: [{ x: 5, y: 5 }] }] }), /NaN|Infinity/);
});

t.test('parts of variants are not drawn, dimensions have a chart each', async (t) => {
  const charts = chartsOf([
    ...emit('dtrace_reserve', 100),
    ...emit('lookup_percpu', 9),
    row({ section: 'growth', source: 'open rings', variant: 'perf_percpu', size: 4 }),
  ]);
  t.same(
    charts.map((chart) => chart.name),
    ['emit-bare', 'emit-filled', 'growth-open-rings'],
  );
  t.notMatch(charts[0]?.svg, /lookup/);
});
