import t from 'tap';
import { standInKernel, type Fault } from '../testing/fuzz.ts';
import { Campaign, type Budget } from './campaign.ts';
import type { Code } from './compile.ts';
import { forKernel } from './expected.ts';
import { CALL } from './insn.ts';
import { HELPERS } from './interface.ts';
import { sizeOfProgram } from './program.ts';
import { formatFinding, formatTally } from './report.ts';
import { NEWEST } from './rules.ts';

const BUDGET: Budget = { seed: 1, programs: 120, minutes: 5, findings: 1, batch: 40 };
const calls = (code: Code, helper: number): boolean =>
  code.insns.some(({ code: op, imm }) => op === CALL && imm === helper);
const discards = (code: Code): boolean => calls(code, HELPERS.buffer_discard);

async function campaign(fault: Fault, budget: Partial<Budget> = {}, runners = 1): Promise<Campaign> {
  const one = new Campaign(forKernel(NEWEST), { ...BUDGET, ...budget }, () => undefined);
  await one.run(Array.from({ length: runners }, () => standInKernel(fault)));
  return one;
}

/** The rule that D24 is about is not there. */
const HOLE: Fault = {
  loads: (verdict) => verdict.verdict !== 'refuse' || verdict.why === 'return from a function that has a tail call',
};

t.test('a kernel that does as the model says is in order', async (t) => {
  const { findings, tally } = await campaign({}, {}, 2);
  t.same(findings, []);
  t.equal(tally.programs, 120);
  t.ok(tally.loaded > 36, `${tally.loaded} loaded`);
  t.match(formatTally(tally), /120 programs, \d+ % loaded/);
});

t.test('a rule that the kernel lacks is found, made small, and found again by its number', async (t) => {
  const { findings } = await campaign(HOLE, { programs: 4000 });
  const [found] = findings;
  t.equal(found?.kind, 'loaded');
  if (found === undefined) return;
  t.ok(sizeOfProgram(found.program) <= 5, `${sizeOfProgram(found.program)} statements`);
  const text = formatFinding(found, HELPERS, { seed: 1, config: 'debug', base: 'v6.12' });
  t.match(text, /call tail_call.*call buffer_reserve/s);
  t.match(text, new RegExp(`npm run fuzz -- --seed 1 --only ${found.index} --config debug --base v6.12`));
  const again = await campaign(HOLE, { from: found.index, programs: 1 });
  t.same(again.findings[0]?.program, found.program);
});

t.test('of a rule that is too strict, too', async (t) => {
  const { findings } = await campaign({ loads: ({ verdict }, code) => verdict !== 'refuse' && !discards(code) });
  t.equal(findings[0]?.kind, 'refused');
  t.ok(sizeOfProgram(findings[0]?.program ?? { type: 'dtrace', main: [], subs: [] }) <= 3);
});

t.test('a run that differs', async (t) => {
  const seen = { mode: 'jit', what: 'ring', scenario: 0, text: 'head' } as const;
  const { findings } = await campaign({ seen: (code) => (discards(code) ? seen : undefined) });
  t.equal(findings[0]?.kind, 'ring');
  t.match(findings[0]?.text, 'jit, scenario 0: head');
});

t.test('the program that a guest dies of is told from its neighbours', async (t) => {
  const { findings, tally } = await campaign({ diesOf: discards });
  t.equal(findings[0]?.kind, 'died');
  t.ok(findings[0] !== undefined && discards(findings[0].code));
  t.equal(tally.deaths, 1);
});

t.test('what comes once only is counted, and the rest is looked at', async (t) => {
  let died = false;
  let seenOnce = false;
  const once = (code: Code): boolean => discards(code) && !died && (died = true);
  const seen = { mode: 'jit', what: 'result', scenario: 1, text: '' } as const;
  const { findings, tally } = await campaign({
    diesOf: once,
    seen: () => (died && !seenOnce && (seenOnce = true) ? seen : undefined),
  });
  t.same(findings, []);
  t.equal(tally.notRepeated, 2);
  t.equal(tally.deaths, 1);
});
