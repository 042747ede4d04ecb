/** The claims about reaching the action, and about those who do not use the feature. */
import { NOTICEABLE, type Claim } from './claim.ts';
import { cell } from './table.ts';
import type { Row } from './types.ts';

const SOURCES = ['kprobe', 'raw_tp', 'tracepoint', 'perf_event'];

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
      const tailCalls = SOURCES.flatMap((source) => compared.filter((each) => each.before.section === 'reach' && each.before.source === source && each.before.variant.startsWith('same_')));
      const worst = [...compared].sort((a, b) => Math.abs(b.more) - Math.abs(a.more))[0];
      if (worst === undefined) return null;
      const changed = compared.filter((each) => Math.abs(each.more) >= 1);
      const calls = tailCalls.length === 0 ? '' : `; same-type tail calls: ${cell(Math.max(...tailCalls.map((each) => Math.abs(each.more))))} more at most`;
      return {
        verdict: changed.length === 0 ? 'upheld' : changed.length === compared.length ? 'refuted' : 'it depends',
        sentence:
          changed.length === 0
            ? `${compared.length} measurements of programs without it take the same instructions with and without the series${calls}.`
            : `${compared.length - changed.length} of ${compared.length} measurements are the same with and without the series; the largest difference is ${cell(worst.more)} instructions (${cell(worst.before.value)} to ${cell(worst.now.value)})${calls}.`,
        rows: [worst.before, worst.now],
      };
    },
  },
];
