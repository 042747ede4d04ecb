import t from 'tap';
import { bpfJobs } from './jobs.ts';
import { NANOSECONDS, planBoots, profiledOf, wantedOf, type Asked } from './plan.ts';
import type { Kernel } from './types.ts';

t.test('all sections, all kernels', async (t) => {
  const boots = planBoots([], ['series', 'base', 'v1-inpage']);
  t.same(
    boots.map((boot) => boot.name),
    ['series', 'series-no-retpoline', 'base', 'v1-inpage', 'stream-1cpu', 'stream-2cpu', 'growth-8cpu'],
  );
  t.ok(
    boots.every((boot) => boot.append.some((word) => word.startsWith('spectre_v2='))),
    'the mitigation is never left to chance',
  );
});

t.test('time is measured where KVM works', async (t) => {
  const boots = planBoots(['emit', 'idle'], ['series'], true);
  t.match(
    boots.find((boot) => boot.name === NANOSECONDS),
    { sections: ['emit'], nanoseconds: true },
  );
  t.notOk(
    planBoots([], ['series']).some((boot) => boot.nanoseconds),
    'and nowhere else',
  );
});

t.test('a subset needs fewer boots', async (t) => {
  t.same(
    planBoots(['reach'], ['series']).map((boot) => [boot.name, boot.sections]),
    [
      ['series', ['reach']],
      ['series-no-retpoline', ['reach']],
    ],
  );
  t.same(planBoots(['stream'], ['base']), []);
});

t.test('objects have names of their own, and the base gets none that it cannot load', async (t) => {
  const jobs = bpfJobs();
  const places = jobs.flatMap((job) => job.kernels.map((kernel) => `${kernel}/${job.object}`));
  t.equal(new Set(places).size, places.length);
  t.same(
    places.filter((place) => /^base\/.*(dtrace|cross|depth)/.test(place)),
    [],
  );
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
  t.strictSame(ask({ args: ['emit', 'reach'], kernels: ['base'], repetitions: '101', built: true }), {
    sections: ['emit', 'reach'],
    kernels: ['base'],
    repetitions: 101,
    built: true,
  });
  const refused: [Partial<Asked>, readonly Kernel[], RegExp][] = [
    [{ args: ['emit', 'emitt'] }, ALL, /^no section emitt; one of emit, strings, /],
    [{ kernels: ['v1-inpage'] }, ['series', 'base'], /^no kernel v1-inpage here; one of series, base$/],
    [{ kernels: ['debug'] }, ALL, /^no kernel debug here/],
    ...['0', '102', '-1', '1.5', 'many', ' '].map((repetitions): [Partial<Asked>, readonly Kernel[], RegExp] => [
      { repetitions },
      ALL,
      /^--repetitions is 1 to 101$/,
    ]),
    [{ args: ['stream'], kernels: ['base'] }, ALL, /^nothing to measure: no boot of base has stream$/],
  ];
  for (const [asked, available, message] of refused)
    t.match(
      ask(asked, available),
      { code: 'E_USAGE', exitCode: 2, message, next: 'npm run bench -- --help' },
      JSON.stringify(asked),
    );
});

t.test('what to profile has to be an object of the series', async (t) => {
  t.match(profiledOf('emit-dtrace-48-0/dtrace_reserve'), { object: 'emit-dtrace-48-0', program: 'dtrace_reserve' });
  for (const [text, message] of [
    ['emit-48-0', /wants OBJECT\/PROGRAM/],
    ['emit-49-0/perf_percpu', /^no object emit-49-0 to profile$/],
  ] as const) {
    t.throws(() => profiledOf(text), { code: 'E_USAGE', message, next: 'npm run bench -- --help' });
  }
});
