import t from 'tap';
import { profileOf, results } from '../testing/bench.ts';
import type { Profile } from './types.ts';
import { unused, unusedTable } from './unused.ts';

const idle = (boot: string, variant: string, shares: Readonly<Record<string, number>>, most = ''): Profile =>
  profileOf(`${boot}/idle/${variant}/perf_event${most}`, shares, {
    boot,
    section: 'idle',
    variant,
    source: 'perf_event',
  });

const kernel = (boot: string, more: number): Profile[] =>
  ['detached', 'attached'].flatMap((variant) => [
    idle(boot, variant, { handle_mm_fault: 4000, probe: variant === 'attached' ? 300 + more : 0 }),
    idle(boot, variant, { handle_mm_fault: 4000, probe: 300, free_pages: 40 }, ', most'),
  ]);

t.test(
  'function by function: how many are the same, what the others differ in, and what is no part of a firing',
  async (t) => {
    const same = { ...results([]), profiles: [...kernel('base', 0), ...kernel('series', 0.4)] };
    t.match(unused(same), [
      /: 2 of 2 take the same .* on both kernels\.$/,
      /take 4000 .* 340 more .*: probe \+300, free_pages \+40\.$/,
    ]);
    t.strictSame(unusedTable(same).rows, [
      { label: 'free_pages', cells: ['-', '-', '40.0', '40.0'] },
      { label: '(the rest)', cells: ['4300.0', '4300.4', '-', '-0.4'] },
      { label: 'all', cells: ['4300.0', '4300.4', '40.0', '39.6'] },
    ]);
    const dearer = { ...same, profiles: [...kernel('base', 0), ...kernel('series', 3)] };
    t.match(unused(dearer), [/: 1 of 2 take the same .*; perf_event attached: probe \+3\.$/, /./]);
    t.match(unusedTable(dearer).rows[0], { label: 'probe', cells: ['300.0', '303.0'] });
  },
);

t.test('one kernel alone shows nothing', async (t) => {
  const alone = { ...results([]), profiles: kernel('series', 0) };
  t.strictSame(unused(alone), []);
  t.strictSame(unusedTable(alone).rows, []);
  t.strictSame(unused(results([])), []);
});
