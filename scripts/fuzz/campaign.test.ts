import t from 'tap';
import { standInKernel, type Fault } from '../testing/fuzz.ts';
import { Campaign, type Budget } from './campaign.ts';
import type { Code } from './compile.ts';
import { expectedOfAll, forKernel } from './expected.ts';
import { CALL } from './insn.ts';
import { HELPERS } from './interface.ts';
import type { Verdict } from './verdict.ts';
import { sizeOfProgram } from './program.ts';
import { formatFinding, formatTally } from './report.ts';
import { NEWEST } from './rules.ts';

const known = forKernel(NEWEST);
const BUDGET: Budget = { seed: 1, programs: 120, minutes: 5, findings: 1, batch: 40 };
const calls = (code: Code, helper: number): boolean =>
  code.insns.some(({ code: op, imm }) => op === CALL && imm === helper);
const discards = (code: Code): boolean => calls(code, HELPERS.buffer_discard);

async function campaign(fault: Fault, budget: Partial<Budget> = {}, runners = 1): Promise<Campaign> {
  const one = new Campaign(known, { ...BUDGET, ...budget }, () => undefined);
  await one.run(Array.from({ length: runners }, () => standInKernel(fault)));
  return one;
}

/** The rule of D38 is not there. */
const lacksRule = (verdict: Verdict): boolean =>
  verdict.verdict !== 'refuse' || verdict.why === 'tail call in a function';

/** What the rule is for: a commit that is in order, until the tail call in front of the reserve is taken. */
function commitsNothing(code: Code): boolean {
  const [untaken, ...others] = expectedOfAll(known, code).map(({ harm }) => harm);
  return untaken === undefined && others.includes('closes a record, and none is open');
}
const HOLE: Fault = {
  loads: (verdict, code) => verdict.verdict !== 'refuse' || (lacksRule(verdict) && commitsNothing(code)),
};

t.test('a kernel that does as the model says is in order', async (t) => {
  const { findings, tally } = await campaign({}, {}, 2);
  t.same(findings, []);
  t.equal(tally.programs, 120);
  t.ok(tally.loaded > 36, `${tally.loaded} loaded`);
  t.match(formatTally(tally), /120 programs, \d+ % loaded/);
});

t.test('a rule that the kernel lacks is found soon, and made small', async (t) => {
  const { findings, tally } = await campaign({ loads: lacksRule }, { programs: 4000 });
  const [found] = findings;
  t.equal(found?.kind, 'loaded');
  if (found === undefined) return;
  t.ok(tally.programs <= 400, `after ${tally.programs}`);
  t.equal(sizeOfProgram(found.program), 3, 'the call, the function, its tail call');
  t.match(found.text, /tail call in a function/);
});

t.test('the harm that it prevents is found, made small, and found again by its number', async (t) => {
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
