import t from 'tap';
import { conclude } from './conclude.ts';
import { emit, results, row } from '../testing/bench.ts';
import { bpfJobs } from './jobs.ts';
import { merge } from './merge.ts';
import { isSection, NANOSECONDS, planBoots } from './plan.ts';
import type { Kernel } from './types.ts';
import { profiledOf, wantedOf, type Asked } from './wanted.ts';

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

const ALL: readonly Kernel[] = ['series', 'base', 'v1-inpage'];

t.test('what is asked for, a row each; what cannot be measured is refused before anything is built', async (t) => {
  const ask = (asked: Partial<Asked>, available = ALL): object => {
    try {
      return wantedOf({ args: [], kernels: [], repetitions: '9', built: false, ...asked }, available);
    } catch (error: unknown) {
      return error as Error;
    }
  };
  t.strictSame(ask({}), { sections: [], kernels: ALL, repetitions: 9, built: false });
  t.strictSame(ask({ args: ['emit', 'reach'], kernels: ['base'], repetitions: '101', built: true }), { sections: ['emit', 'reach'], kernels: ['base'], repetitions: 101, built: true });
  const refused: [Partial<Asked>, readonly Kernel[], RegExp][] = [
    [{ args: ['emit', 'emitt'] }, ALL, /^no section emitt; one of emit, strings, /],
    [{ kernels: ['v1-inpage'] }, ['series', 'base'], /^no kernel v1-inpage here; one of series, base$/],
    [{ kernels: ['debug'] }, ALL, /^no kernel debug here/],
    ...['0', '102', '-1', '1.5', 'many', ' '].map((repetitions): [Partial<Asked>, readonly Kernel[], RegExp] => [{ repetitions }, ALL, /^--repetitions is 1 to 101$/]),
    [{ args: ['stream'], kernels: ['base'] }, ALL, /^nothing to measure: no boot of base has stream$/],
  ];
  for (const [asked, available, message] of refused) t.match(ask(asked, available), { code: 'E_USAGE', exitCode: 2, message, next: 'npm run bench -- --help' }, JSON.stringify(asked));
});

t.test('what to profile has to be an object of the series', async (t) => {
  t.match(profiledOf('emit-dtrace-48-0/dtrace_reserve'), { object: 'emit-dtrace-48-0', program: 'dtrace_reserve' });
  for (const [text, message] of [['emit-48-0', /wants OBJECT\/PROGRAM/], ['emit-49-0/perf_percpu', /^no object emit-49-0 to profile$/]] as const) {
    t.throws(() => profiledOf(text), { code: 'E_USAGE', message, next: 'npm run bench -- --help' });
  }
});

t.test('a run beside the committed results, a row each', async (t) => {
  const idle = row({ section: 'idle', variant: 'attached', source: 'kprobe', value: 1 });
  const before = results([idle, ...emit('perf_percpu', 100)]);
  const whole = (value: number, over = {}): ReturnType<typeof results> => results([idle, ...emit('perf_percpu', value)], over);
  t.strictSame(conclude(undefined, before), { comparison: null, sentence: 'first run, nothing to compare with', merged: before, failed: false });
  t.match(conclude(before, whole(100)), { failed: false, sentence: /^reproduced: 3 rows/ });
  t.match(conclude(before, whole(120)), { failed: true, sentence: /^2 of 3 rows differ/ }, 'the same source and tools, and other numbers');
  t.match(conclude(before, results([idle, ...emit('perf_percpu', 100).slice(1)])), { failed: true, sentence: /1 rows of the earlier run are missing/ });
  t.match(conclude(before, results(emit('perf_percpu', 100))), { failed: false, merged: { rows: { length: 3 } } }, 'a section that did not run is not missing');
  const other = whole(120, { tree: 'beef' });
  t.match(conclude(before, other), { failed: false, sentence: /other source or tools/, merged: { provenance: { tree: 'beef' } } }, 'of another tree the whole replaces');
  t.match(conclude(before, results(emit('perf_percpu', 120), { tree: 'beef' })), { failed: false, merged: null }, 'and a part does not');
});
