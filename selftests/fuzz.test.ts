/**
 * A short run of the fuzzer: programs of a fixed seed, judged by the model and by their run. `npm run fuzz` is the
 * long one.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeBatch } from '../scripts/fuzz/batch.ts';
import { compile } from '../scripts/fuzz/compile.ts';
import { disassemble } from '../scripts/fuzz/disassemble.ts';
import { expectedOfAll, forKernel } from '../scripts/fuzz/expected.ts';
import { generate } from '../scripts/fuzz/generate.ts';
import { runBatch } from '../scripts/fuzz/guest-runner.ts';
import { helpersIn } from '../scripts/fuzz/interface.ts';
import { disagreements } from '../scripts/fuzz/judge.ts';
import { Model } from '../scripts/fuzz/model.ts';
import { seedOf } from '../scripts/fuzz/random.ts';
import { rulesOf } from '../scripts/fuzz/rules.ts';
import { guestTest } from '../scripts/guest/guest-test.ts';
import { scaled } from './lib/native.ts';

const SEED = 2019;
/** Of a fast guest: a quarter of these with emulation, a twelfth on the debug kernel. */
const PROGRAMS = 4000;
const MARK_EVERY = 16;

guestTest(`programs of seed ${SEED}`, { seconds: 60 }, async (t, guest) => {
  const programs = scaled(guest, PROGRAMS);
  const helpers = helpersIn(readFileSync(join(guest.facts.progs, '../../usr/include/linux/bpf.h'), 'utf8'));
  const known = forKernel({ helpers, rules: rulesOf(guest.facts.hello.release) });
  const subjects = Array.from({ length: programs }, (_, index) => {
    const code = compile(generate(seedOf(SEED, index)), helpers);
    return { code, verdict: new Model(code, known).judge(), expected: expectedOfAll(known, code) };
  });
  const bytes = encodeBatch(known, subjects);
  const start = performance.now();
  const answer = await runBatch(guest, { bytes, programs, every: MARK_EVERY });
  const ms = performance.now() - start;
  const loaded = answer.loaded.filter((one) => one === 'loaded').length;
  const took = (ms / 1000).toFixed(1);
  t.comment(`${programs} programs, ${loaded} loaded, ${answer.interpreted} with the interpreter, too; ${took} s`);
  t.ok(loaded > 0.3 * programs, `${loaded} loaded`);
  t.ok(answer.interpreted > 0.2 * programs, `${answer.interpreted} interpreted`);
  for (const [index, subject] of subjects.entries())
    for (const { kind, text } of disagreements(subject, index, answer))
      t.fail(`program ${index}: ${kind}: ${text}\n${disassemble(subject.code, helpers).join('\n')}`);
});
