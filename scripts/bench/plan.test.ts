import t from 'tap';
import { emit, results, row } from './fixture.ts';
import { bpfJobs } from './jobs.ts';
import { merge } from './merge.ts';
import { isSection, NANOSECONDS, planBoots } from './plan.ts';

t.test('all sections, all kernels', async (t) => {
  const boots = planBoots([], ['series', 'base', 'v1-inpage']);
  t.same(boots.map((boot) => boot.name), ['series', 'series-no-retpoline', 'base', 'v1-inpage', 'stream-1cpu', 'stream-2cpu', 'growth-8cpu']);
  t.ok(boots.every((boot) => boot.append.some((word) => word.startsWith('spectre_v2='))), 'the mitigation is never left to chance');
});

t.test('time is measured where KVM works', async (t) => {
  const boots = planBoots(['emit', 'idle'], ['series'], true);
  t.match(boots.find((boot) => boot.name === NANOSECONDS), { sections: ['emit'], nanoseconds: true });
  t.notOk(planBoots([], ['series']).some((boot) => boot.nanoseconds), 'and nowhere else');
});

t.test('a subset needs fewer boots', async (t) => {
  t.same(planBoots(['reach'], ['series']).map((boot) => [boot.name, boot.sections]), [['series', ['reach']], ['series-no-retpoline', ['reach']]]);
  t.same(planBoots(['stream'], ['base']), []);
  t.equal(isSection('emit'), true);
  t.equal(isSection('emitt'), false);
});

t.test('objects have names of their own, and the base gets none that it cannot load', async (t) => {
  const jobs = bpfJobs();
  const places = jobs.flatMap((job) => job.kernels.map((kernel) => `${kernel}/${job.object}`));
  t.equal(new Set(places).size, places.length);
  t.same(places.filter((place) => /^base\/.*(dtrace|cross|depth)/.test(place)), []);
});

t.test('merging', async (t) => {
  const idle = row({ section: 'idle', variant: 'attached', source: 'kprobe', value: 1 });
  const now = results(emit('perf_percpu', 2));
  t.equal(merge(undefined, now), now);
  t.same(merge(results([idle, ...emit('perf_percpu', 1)]), now)?.rows, [idle, ...now.rows], 'the other section stays');
  t.equal(merge(results([idle], { tree: 'beef' }), now), null, 'rows of two trees are never mixed');
  t.same(merge(results(emit('perf_percpu', 1), { tree: 'beef' }), now)?.rows, now.rows, 'nothing of the other tree would stay');
});
