/** Batch after batch, until there is something to show or the budget is spent. */
import { encodeBatch, type Answer, type Entry } from './batch.ts';
import { compile, type Code } from './compile.ts';
import { expectedOfAll, type ForKernel } from './expected.ts';
import { generate } from './generate.ts';
import type { Asked, Died, Runner } from './guest-runner.ts';
import { disagreements, type Disagreement, type Judged } from './judge.ts';
import { Model } from './model.ts';
import type { Program } from './program.ts';
import { seedOf } from './random.ts';
import { shrink } from './shrink.ts';

export interface Budget {
  readonly seed: number;
  readonly programs: number;
  readonly minutes: number;
  /** Begin with this program. */
  readonly from?: number;
  /** Findings after which it ends. */
  readonly findings: number;
  readonly batch: number;
}

export interface Finding extends Disagreement {
  readonly index: number;
  readonly program: Program;
  readonly code: Code;
  /** What else it showed: kinds. */
  readonly also: readonly string[];
  /** The verifier's last words, or the end of the console. */
  readonly words: readonly string[];
}

export interface Tally {
  programs: number;
  loaded: number;
  interpreted: number;
  accept: number;
  refuse: number;
  unknown: number;
  /** Of programs that the kernel loaded: without anything to compare the run with. */
  unclear: number;
  runs: number;
  /** Disagreements that did not come again when their program was run alone. */
  notRepeated: number;
  deaths: number;
  ms: number;
}

interface Subject extends Judged {
  readonly program: Program;
  readonly entry: Entry;
}

const MARK_EVERY = 16;
/** A death costs a boot. */
const DEADLY_ROUNDS = 3;
const WORDS = 12;
const isDeath = (answer: Answer | Died): answer is Died => 'reason' in answer;

export function emptyTally(): Tally {
  return {
    programs: 0,
    loaded: 0,
    interpreted: 0,
    accept: 0,
    refuse: 0,
    unknown: 0,
    unclear: 0,
    runs: 0,
    notRepeated: 0,
    deaths: 0,
    ms: 0,
  };
}

export class Campaign {
  readonly #known: ForKernel;
  readonly #budget: Budget;
  readonly #tell: (text: string) => void;
  readonly tally = emptyTally();
  readonly findings: Finding[] = [];
  #next: number;

  constructor(known: ForKernel, budget: Budget, tell: (text: string) => void) {
    this.#known = known;
    this.#budget = budget;
    this.#tell = tell;
    this.#next = budget.from ?? 0;
  }

  /** All runners take their next batch when they are through with one. */
  async run(runners: readonly Runner[], signal?: AbortSignal): Promise<void> {
    const start = performance.now();
    const end = (this.#budget.from ?? 0) + this.#budget.programs;
    const over = (): boolean =>
      this.#next >= end ||
      this.findings.length >= this.#budget.findings ||
      signal?.aborted === true ||
      performance.now() - start > this.#budget.minutes * 60_000;
    await Promise.all(
      runners.map(async (runner) => {
        while (!over()) {
          const first = this.#next;
          this.#next = Math.min(end, first + this.#budget.batch);
          await this.#batch(runner, first, this.#next);
          this.tally.ms = performance.now() - start;
          this.#tell(rateLine(this.tally));
        }
      }),
    );
    this.tally.ms = performance.now() - start;
  }

  #subject(program: Program): Subject {
    const code = compile(program, this.#known.helpers);
    const verdict = new Model(code, this.#known).judge();
    const expected = expectedOfAll(this.#known, code);
    return { program, verdict, expected, entry: { code, expected } };
  }

  #ask(subjects: readonly Subject[], every: number, log = false): Asked {
    const bytes = encodeBatch(
      this.#known,
      subjects.map(({ entry }) => entry),
    );
    return { bytes, programs: subjects.length, every, log };
  }

  async #batch(runner: Runner, first: number, end: number): Promise<void> {
    const subjects = Array.from({ length: end - first }, (_, i) =>
      this.#subject(generate(seedOf(this.#budget.seed, first + i))),
    );
    let done = 0;
    while (done < subjects.length && this.findings.length < this.#budget.findings) {
      const rest = subjects.slice(done);
      const answer = await runner.run(this.#ask(rest, MARK_EVERY));
      if (!isDeath(answer)) {
        await this.#judge(runner, first + done, rest, answer);
        return;
      }
      this.tally.deaths++;
      done += await this.#afterDeath(runner, first + done, rest, answer);
    }
  }

  async #judge(runner: Runner, first: number, subjects: readonly Subject[], answer: Answer): Promise<void> {
    this.#count(subjects, answer);
    for (const [index, subject] of subjects.entries()) {
      const [found] = disagreements(subject, index, answer);
      if (found !== undefined && this.findings.length < this.#budget.findings)
        await this.#confirm(runner, first + index, subject);
    }
  }

  #count(subjects: readonly Subject[], answer: Answer): void {
    const { tally } = this;
    tally.programs += subjects.length;
    tally.interpreted += answer.interpreted;
    for (const [index, { verdict, expected }] of subjects.entries()) {
      tally[verdict.verdict]++;
      if (answer.loaded[index] !== 'loaded') continue;
      tally.loaded++;
      tally.runs += expected.length;
      tally.unclear += expected.filter(({ ring }) => ring === undefined).length;
    }
  }

  /** Which one it was, among those behind the mark, run one by one. @returns how many of the rest are dealt with */
  async #afterDeath(runner: Runner, first: number, rest: readonly Subject[], died: Died): Promise<number> {
    const from = died.mark ?? 0;
    const suspects = rest.slice(from, from + MARK_EVERY);
    const again = await runner.run(this.#ask(suspects, 1));
    this.tally.programs += from;
    if (!isDeath(again)) {
      this.tally.notRepeated++;
      this.#tell(`the guest died (${died.reason}) near program ${first + from}, and not again`);
      await this.#judge(runner, first + from, suspects, again);
      return from + suspects.length;
    }
    const at = again.mark ?? 0;
    const subject = suspects[at];
    if (subject !== undefined) {
      const words = [again.reason, ...again.excerpt.slice(0, WORDS)];
      await this.#add(runner, first + from + at, subject, [{ kind: 'died', text: again.reason }], words);
    }
    this.tally.programs += at + 1;
    return from + at + 1;
  }

  async #confirm(runner: Runner, index: number, subject: Subject): Promise<void> {
    const answer = await runner.run(this.#ask([subject], 1, true));
    const found: Disagreement[] = isDeath(answer)
      ? [{ kind: 'died', text: answer.reason }]
      : disagreements(subject, 0, answer);
    if (found.length === 0) {
      this.tally.notRepeated++;
      this.#tell(`program ${index}: what was seen did not come again`);
      return;
    }
    const words = isDeath(answer) ? answer.excerpt.slice(0, WORDS) : wordsOf(answer, 0);
    await this.#add(runner, index, subject, found, words);
  }

  async #add(
    runner: Runner,
    index: number,
    subject: Subject,
    found: readonly Disagreement[],
    words: readonly string[],
  ): Promise<void> {
    const [first, ...others] = found;
    if (first === undefined) return;
    this.#tell(`program ${index}: ${first.kind}: ${first.text}`);
    const program = await this.#shrink(runner, subject.program, first, subject);
    const small = this.#subject(program);
    const also = [...new Set(others.map(({ kind }) => kind))].filter((kind) => kind !== first.kind);
    this.findings.push({ ...first, index, program, code: small.entry.code, also, words });
  }

  /** What the model refuses and the kernel loads is only loaded for this: it is known to do harm. */
  async #shrink(runner: Runner, program: Program, { kind }: Disagreement, subject: Subject): Promise<Program> {
    const deadly = kind === 'died' && subject.verdict.verdict !== 'refuse';
    const wanted = kind === 'died' && !deadly ? 'loaded' : kind;
    const shows = async (candidates: readonly Program[]): Promise<number | undefined> => {
      const subjects = candidates.map((candidate) => this.#subject(candidate));
      const quiet = wanted === 'loaded' || wanted === 'refused';
      const asked = quiet ? subjects.map((one) => ({ ...one, entry: { ...one.entry, loadOnly: true } })) : subjects;
      const answer = await runner.run(this.#ask(asked, 1));
      if (isDeath(answer)) return wanted === 'died' ? answer.mark : undefined;
      const found = subjects.findIndex((one, index) =>
        disagreements(one, index, answer).some((disagreement) => disagreement.kind === wanted),
      );
      return found < 0 ? undefined : found;
    };
    return shrink(program, shows, deadly ? DEADLY_ROUNDS : undefined);
  }
}

function wordsOf(answer: Answer, index: number): readonly string[] {
  return (answer.logs.get(index) ?? '').trimEnd().split('\n').slice(-WORDS);
}

const perSecond = (tally: Tally): string => (tally.programs / Math.max(1, tally.ms / 1000)).toFixed(0);

export function rateLine(tally: Tally): string {
  const share = tally.programs === 0 ? 0 : Math.round((100 * tally.loaded) / tally.programs);
  return `${tally.programs} programs, ${share} % loaded, ${perSecond(tally)} a second`;
}
