import t from 'tap';
import { compile, type Code } from './compile.ts';
import { deviate, statements } from './deviate.ts';
import { expectedOfAll, forKernel } from './expected.ts';
import { generate } from './generate.ts';
import { CALL, CLASS, classOf, EXIT, isWide, JA } from './insn.ts';
import { HELPERS } from './interface.ts';
import { Model } from './model.ts';
import { Random, seedOf } from './random.ts';
import { NEWEST } from './rules.ts';
import { smaller, shrink } from './shrink.ts';
import { formatStatistics, statistics } from './statistics.ts';
import { functionsOf, sizeOfProgram, type Program } from './program.ts';

const PROGRAMS = 1500;
const known = forKernel(NEWEST);
const programs = Array.from({ length: PROGRAMS }, (_, i) => generate(seedOf(7, i)));

t.test('the same programs for the same seed, others for another', async (t) => {
  t.same(
    programs.slice(0, 50),
    Array.from({ length: 50 }, (_, i) => generate(seedOf(7, i))),
  );
  t.notSame(programs[0], generate(seedOf(8, 0)));
});

t.test('what the model accepts does no harm, and it can tell of nearly all', async (t) => {
  const count = { accept: 0, refuse: 0, unknown: 0 };
  let harmful = 0;
  for (const program of programs) {
    const code = compile(program, HELPERS);
    const { verdict } = new Model(code, NEWEST).judge();
    count[verdict]++;
    const harm = expectedOfAll(known, code).find((one) => one.harm !== undefined)?.harm;
    if (verdict === 'accept') t.equal(harm, undefined, JSON.stringify(program));
    else if (harm !== undefined) harmful++;
  }
  t.ok(count.accept > 0.3 * PROGRAMS && count.accept < 0.7 * PROGRAMS, `${count.accept} accepted`);
  t.ok(count.unknown < 0.03 * PROGRAMS, `${count.unknown} unknown`);
  t.ok(harmful > 0.02 * PROGRAMS, `${harmful} would do harm if they were loaded`);
});

t.test('all kinds of statements and functions occur', async (t) => {
  const text = JSON.stringify(programs);
  for (const kind of [
    'reserve',
    'close',
    'test',
    'tail',
    'iterate',
    'repeat',
    'unspill',
    'clobber',
    'finalize',
    'fill',
  ])
    t.match(text, `"k":"${kind}"`);
  for (const kind of ['static', 'passed', 'global', 'callback']) t.match(text, `"kind":"${kind}"`);
});

t.test('D38: DTRACE programs tail call in the main program, and seldom where it is refused', async (t) => {
  const count = { dtrace: { main: 0, functions: 0 }, raw_tp: { main: 0, functions: 0 } };
  for (const program of programs) {
    const [main, ...others] = functionsOf(program).map((block) => JSON.stringify(block).includes('"k":"tail"'));
    if (main === true) count[program.type].main++;
    if (others.includes(true)) count[program.type].functions++;
  }
  const { dtrace, raw_tp } = count;
  t.ok(dtrace.main > 0.2 * PROGRAMS, `${dtrace.main} of DTRACE in the main program`);
  t.ok(dtrace.functions > 0.003 * PROGRAMS && dtrace.functions < 0.03 * PROGRAMS, `${dtrace.functions} in functions`);
  t.ok(raw_tp.functions > 0.03 * PROGRAMS, `${raw_tp.functions} of raw tracepoint programs in functions`);
});

/** Which instructions a path through the program leads to, whatever the branches depend on. */
function reached({ insns, funcs }: Code): Set<number> {
  const seen = new Set<number>();
  const todo = funcs.map(({ at }) => at);
  for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
    const insn = insns[at];
    if (insn === undefined || seen.has(at)) continue;
    seen.add(at);
    if (isWide(insn)) seen.add(at + 1);
    const next = at + (isWide(insn) ? 2 : 1);
    const jumps = [CLASS.jmp, CLASS.jmp32].some((one) => one === classOf(insn)) && insn.code !== CALL;
    if (jumps && insn.code !== EXIT) todo.push(next + insn.off);
    if (insn.code !== EXIT && insn.code !== JA) todo.push(next);
  }
  return seen;
}

t.test('every instruction can be reached, which the verifier wants', async (t) => {
  for (const program of programs) {
    const code = compile(program, HELPERS);
    t.equal(reached(code).size, code.insns.length, JSON.stringify(program));
  }
});

t.test('statistics name each rule once, with the first program that breaks it', async (t) => {
  const rows = statistics(NEWEST, 7, 300);
  t.equal(
    rows.reduce((sum, row) => sum + row.programs, 0),
    300,
  );
  t.equal(new Set(rows.map(({ what }) => what)).size, rows.length);
  const beyond = rows.find(({ what }) => what === 'refuse: invalid access to buffer');
  t.ok(beyond !== undefined && beyond.programs > 20);
  t.match(formatStatistics(rows), /^\| refuse: exit with a record open \| \d+ \| \d+ \|$/m);
});

t.test('a deviation changes one place', async (t) => {
  const random = new Random(3);
  for (const program of programs.slice(0, 200)) {
    const before = statements(program);
    t.ok(Math.abs(statements(deviate(program, random)) - before) <= before, 'no more than doubled');
  }
});

t.test('shrinks to the one statement that matters', async (t) => {
  const hasTail = (program: Program): boolean => JSON.stringify(program.main).includes('"k":"tail"');
  const big = programs.filter((program) => hasTail(program) && statements(program) > 12);
  t.ok(big.length > 5, `${big.length} big programs`);
  for (const program of big.slice(0, 5)) {
    const found = await shrink(program, async (candidates) => {
      const index = candidates.findIndex(hasTail);
      return index < 0 ? undefined : index;
    });
    t.equal(statements(found), 1);
  }
});

t.test('every step makes it smaller or simpler', async (t) => {
  for (const program of programs.slice(0, 50))
    for (const step of smaller(program)) t.ok(sizeOfProgram(step) <= sizeOfProgram(program));
});
