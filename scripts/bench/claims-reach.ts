/** The claims about reaching the action, and about programs that do not use the feature. */
import { round2 } from './rows.ts';
import { cell } from './table.ts';
import { say } from './texts.ts';
import type { Row } from './types.ts';
import { find, select } from './variants.ts';
import { finding, need, NOTICEABLE, verdictOf, type Judge } from './verdict.ts';

const reached = (rows: readonly Row[], variant: string, boot = 'series'): Row =>
  need(find(rows, { section: 'reach', variant, boot, source: 'kprobe' }));

export const REACH_CLAIMS: Readonly<Record<string, Judge>> = {
  C13: (rows) => {
    const [constOn, varOn] = [reached(rows, 'same_const'), reached(rows, 'same_var')];
    const [constOff, varOff] = [
      reached(rows, 'same_const', 'series-no-retpoline'),
      reached(rows, 'same_var', 'series-no-retpoline'),
    ];
    const call = reached(rows, 'bpf2bpf');
    const pays = (on: Row, off: Row): boolean => on.value > off.value * (1 + NOTICEABLE);
    const paying = [pays(constOn, constOff), pays(varOn, varOff)].filter(Boolean);
    const sentence = say('C13 compared', {
      varMore: cell(varOn.value - varOff.value),
      varOff: cell(varOff.value),
      varOn: cell(varOn.value),
      constMore: cell(constOn.value - constOff.value),
      constOff: cell(constOff.value),
      constOn: cell(constOn.value),
      call: cell(call.value),
    });
    return finding(verdictOf(paying.length, 2), sentence, [constOn, constOff, varOn, varOff, call]);
  },
  C14: (rows) => {
    const [call, cross, same] = [reached(rows, 'bpf2bpf'), reached(rows, 'cross_const'), reached(rows, 'same_const')];
    const fewer = call.value < cross.value;
    const sentence = say('C14 compared', {
      answer: fewer ? 'In instructions yes' : 'Not in instructions',
      call: cell(call.value),
      cross: cell(cross.value),
      more: cell(cross.value - same.value),
      callBytes: cell(call.extra['jited']),
      crossBytes: cell(cross.extra['jited']),
    });
    return finding(fewer ? 'it depends' : 'refuted', sentence, [call, cross, same]);
  },
  C21: (rows) => {
    const nested = select(rows, { section: 'growth', source: 'nesting depth' }).filter((row) => row.size !== null);
    const deepest = need([...nested].sort((a, b) => (b.size ?? 0) - (a.size ?? 0))[0]);
    const depth = need(deepest.size);
    return finding(depth > 1 ? 'refuted' : 'upheld', say('C21 compared', { depth, level: cell(deepest.value) }), [
      deepest,
    ]);
  },
  C22: (rows) => {
    const pairs = select(rows, { boot: 'base' }).flatMap((before) => {
      const now = select(rows, { boot: 'series' }).find((row) => row.key === before.key.replace(/^base/, 'series'));
      return now === undefined ? [] : [{ before, now, more: now.value - before.value }];
    });
    const worst = need([...pairs].sort((a, b) => b.more - a.more)[0]);
    const dearer = pairs.filter(({ before, more }) => more >= 1 && more > before.value * NOTICEABLE);
    const tailCalls = pairs.filter(({ before }) => before.section === 'reach' && before.variant.startsWith('same_'));
    const firings = pairs
      .filter(({ before }) => before.section === 'idle')
      .map(({ before, more }) => `${before.source ?? ''} ${more > 0 ? '+' : ''}${cell(round2(more))}`);
    const most = cell(round2(Math.max(...tailCalls.map(({ more }) => more))));
    const parts = [
      ...(tailCalls.length === 0 ? [] : [`; same-type tail calls ${most} more at most`]),
      ...(firings.length === 0 ? [] : [`; whole firings ${firings.join(', ')}`]),
    ];
    const sentence = say('C22 compared', {
      dearer: dearer.length === 0 ? 'None' : dearer.length,
      all: pairs.length,
      percent: NOTICEABLE * 100,
      exact: pairs.filter(({ more }) => Math.abs(more) < 1).length,
      increase: cell(round2(worst.more)),
      before: cell(worst.before.value),
      now: cell(worst.now.value),
      parts: parts.join(''),
    });
    return finding(verdictOf(pairs.length - dearer.length, pairs.length), sentence, [worst.before, worst.now]);
  },
};
