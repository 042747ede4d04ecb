/** The claims about reaching the action, and about those who do not use the feature. */
import { NOTICEABLE, type Claim } from './claim.ts';
import { round2 } from './statistics.ts';
import { cell } from './table.ts';
import type { Row } from './types.ts';

export const REACH_CLAIMS: readonly Claim[] = [
  {
    id: 'C13',
    claim: 'A prog array is an indirect call, slow since retpolines.',
    judge: (find) => {
      const at = (variant: string, boot: string): Row | undefined => find({ section: 'reach', variant, boot, source: 'kprobe' });
      const [constOn, varOn, callOn] = ['same_const', 'same_var', 'bpf2bpf'].map((variant) => at(variant, 'series'));
      const [constOff, varOff] = ['same_const', 'same_var'].map((variant) => at(variant, 'series-no-retpoline'));
      if (constOn === undefined || varOn === undefined || callOn === undefined || constOff === undefined || varOff === undefined) return null;
      const constPays = constOn.value > constOff.value * (1 + NOTICEABLE);
      const varPays = varOn.value > varOff.value * (1 + NOTICEABLE);
      return {
        verdict: constPays && varPays ? 'upheld' : constPays || varPays ? 'it depends' : 'refuted',
        sentence: `Retpolines cost a variable index ${cell(varOn.value - varOff.value)} instructions (${cell(varOff.value)} to ${cell(varOn.value)}) and a constant one ${cell(constOn.value - constOff.value)} (${cell(constOff.value)} to ${cell(constOn.value)}, a direct jump since 5.5); a bpf2bpf call takes ${cell(callOn.value)}. Instructions do not show the lost prediction.`,
        rows: [constOn, constOff, varOn, varOff, callOn],
      };
    },
  },
  {
    id: 'C14',
    claim: 'Better: a bpf2bpf function that programs of several types call.',
    judge: (find) => {
      const at = (variant: string): Row | undefined => find({ section: 'reach', variant, source: 'kprobe' });
      const [call, cross, same] = ['bpf2bpf', 'cross_const', 'same_const'].map(at);
      if (call === undefined || cross === undefined || same === undefined) return null;
      const cost = `a bpf2bpf call takes ${cell(call.value)} instructions, a cross-type tail call ${cell(cross.value)} (${cell(cross.value - same.value)} more than a same-type one)`;
      const fewer = call.value < cross.value;
      return {
        verdict: fewer ? 'it depends' : 'refuted',
        sentence: `${fewer ? 'In instructions yes' : 'Not in instructions'}: ${cost}; but the function is copied into every program that calls it (caller and function: ${cell(call.extra['jited'])} bytes of machine code each time, the cross-type caller alone ${cell(cross.extra['jited'])}), and it gets its caller's context, not a common one.`,
        rows: [call, cross, same],
      };
    },
  },
  {
    id: 'C21',
    claim: 'Only one program runs on a CPU at a time, so one context for each CPU is enough.',
    judge: (_, rows) => {
      const nested = rows.filter((row) => row.section === 'growth' && row.source === 'nesting depth' && row.size !== null);
      const deepest = [...nested].sort((a, b) => (b.size ?? 0) - (a.size ?? 0))[0];
      if (deepest === undefined) return null;
      const depth = deepest.size ?? 0;
      return {
        verdict: depth > 1 ? 'refuted' : 'upheld',
        sentence: `${depth} DTRACE programs were at work on one CPU at once, each inside the one before, and each committed its own record (${cell(deepest.value)} instructions a level).`,
        rows: [deepest],
      };
    },
  },
  {
    id: 'C22',
    claim: 'Programs that do not use the feature notice nothing.',
    judge: (_, rows) => {
      const compared = rows.flatMap((before) => {
        if (before.boot !== 'base') return [];
        const now = rows.find((row) => row.boot === 'series' && row.key.slice('series'.length) === before.key.slice('base'.length));
        return now === undefined ? [] : [{ before, now, more: now.value - before.value }];
      });
      const worst = [...compared].sort((a, b) => b.more - a.more)[0];
      if (worst === undefined) return null;
      const dearer = compared.filter(({ before, more }) => more >= 1 && more > before.value * NOTICEABLE);
      const exact = compared.filter(({ more }) => Math.abs(more) < 1);
      const most = (list: typeof compared): string => `${cell(round2(Math.max(...list.map((each) => each.more))))} more at most`;
      const tailCalls = compared.filter(({ before }) => before.section === 'reach' && before.variant.startsWith('same_'));
      const firings = compared.filter(({ before }) => before.section === 'idle');
      const parts = [
        ...(tailCalls.length === 0 ? [] : [`same-type tail calls ${most(tailCalls)}`]),
        ...(firings.length === 0 ? [] : [`whole firings ${firings.map(({ before, more }) => `${before.source ?? ''} ${more > 0 ? '+' : ''}${cell(round2(more))}`).join(', ')}`]),
      ];
      const detail = `${exact.length} of ${compared.length} measurements of programs without it are the same to the instruction, the largest increase is ${cell(round2(worst.more))} (${cell(worst.before.value)} to ${cell(worst.now.value)})${parts.length === 0 ? '' : `; ${parts.join('; ')}`}.`;
      return {
        verdict: dearer.length === 0 ? 'upheld' : dearer.length === compared.length ? 'refuted' : 'it depends',
        sentence: `${dearer.length === 0 ? 'None' : dearer.length} of ${compared.length} takes more than ${NOTICEABLE * 100} % more instructions with the series: ${detail}`,
        rows: [worst.before, worst.now],
      };
    },
  },
];
