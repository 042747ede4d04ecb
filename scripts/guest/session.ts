import { join } from 'node:path';
import { WorkbenchError } from '../lib/errors.ts';
import { afterGiven } from '../lib/given-time.ts';
import type { Log } from '../lib/log.ts';
import type { GuestHello, OpName, RequestOf, ResponseOf } from '../../selftests/agent/protocol.ts';
import type { AgentFiles, BootSpec } from './boot-plan.ts';
import { testBudgetMs, type Budgets } from './budgets.ts';
import type { GuestFacts } from './client.ts';
import type { Death } from './death.ts';
import { deathProblem, isOfKvm, leakProblem, missingProblem, splatProblem } from './problems.ts';
import type { BeginTest, Problem, TestVerdict } from './session-protocol.ts';
import { findSplats, judgeSplats, type ExpectedSplatPattern, type Splat } from './splat.ts';
import { bootVm, GuestDied, type Vm, type VmOptions } from './vm.ts';

export interface SessionOptions {
  readonly spec: BootSpec;
  readonly agent: AgentFiles;
  readonly budgets: Budgets;
  readonly facts: Omit<GuestFacts, 'hello'>;
  /** Directory for the consoles: console-1.log and so on, one for each boot. */
  readonly dir: string;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** For tests of the session itself. */
  readonly settleMs?: number;
  readonly boot?: (
    options: VmOptions,
  ) => Promise<{ readonly vm: Vm; readonly hello: GuestHello; readonly bootMs: number }>;
  /** What messages call the guest, before its number. */
  readonly who?: string;
  /** See ExecOptions. */
  readonly nice?: number;
  /** KVM as asked for: a guest that does not boot is the guest's own fault. */
  readonly strict?: boolean;
}

interface RunningTest {
  readonly name: string;
  readonly mark: string;
  readonly expected: readonly ExpectedSplatPattern[];
  /** Ends its budget. */
  cancel: () => void;
}

/** The kernel prints a splat before it goes on, so the marker after a test comes behind all that the test caused. */
const MARKER_MS = 5_000;
/** What is still freed by RCU callbacks and workqueues when the last test is over. */
const SETTLE_MS = 300;
const SCAN_EVERY_MS = 60_000;
/** Of a guest that is not slow. */
const SCAN_SECONDS = 60;
/** A guest for a run of tests: booted when one is needed, judged test by test, and replaced when it dies. */
export class Session {
  readonly #options: SessionOptions;
  #vm: Vm | null = null;
  #facts: GuestFacts | null = null;
  #test: RunningTest | null = null;
  #count = 0;
  #scannedAt = performance.now();
  #lastTest = '';
  /**
   * Why guests are not to be had under KVM, once one was not: then no more are tried, and what runs here has to be run
   * elsewhere.
   */
  kvmTrouble: string | null = null;
  /** The process of the topic whose turn it is: when it waits for a processor, its test is not late. */
  driver: number | undefined;
  /** Splats that came between two tests: of work that the earlier one left behind. */
  #strays: Problem[] = [];
  /** Every boot, in order: how long it took, and how the guest ended. */
  readonly boots: { readonly console: string; readonly ms: number; death: Death | null }[] = [];

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** Boots now what the first test would have to wait for. @throws WorkbenchError E_BOOT */
  async ready(): Promise<GuestFacts> {
    if (this.#vm !== null && this.#vm.death === null && this.#facts !== null) return this.#facts;
    const { options: o, number } = { options: this.#options, number: this.boots.length + 1 };
    const console = join(o.dir, `console-${number}.log`);
    const { vm, hello, bootMs } = await this.#boot(console);
    const boot = { console, ms: bootMs, death: null as Death | null };
    this.boots.push(boot);
    void vm.died.then((death) => {
      boot.death = death;
      if (this.#mayFallBack() && isOfKvm(death)) this.kvmTrouble = `${console}: ${death.reason}`;
    });
    this.#vm = vm;
    this.#facts = { ...o.facts, hello };
    this.#lastTest = `the boot of guest ${number}`;
    this.#collectStrays();
    o.log({
      kind: 'done',
      text: `${o.who ?? 'guest'} ${number} is up: Linux ${hello.release}, ${hello.cpus} CPUs, ${o.spec.accel}`,
      ms: bootMs,
    });
    return this.#facts;
  }

  async #boot(consoleLog: string): ReturnType<typeof bootVm> {
    const { spec, agent, budgets, log, signal, nice, boot = bootVm } = this.#options;
    if (this.kvmTrouble !== null) throw new WorkbenchError('E_BOOT', this.kvmTrouble);
    try {
      return await boot({
        spec,
        agent,
        budgets,
        consoleLog,
        log,
        signal,
        drivers: () => this.#drivers(),
        ...(nice === undefined ? {} : { nice }),
      });
    } catch (error: unknown) {
      if (this.#mayFallBack() && error instanceof WorkbenchError && error.code === 'E_BOOT')
        this.kvmTrouble = `${consoleLog}: ${error.message}`;
      throw error;
    }
  }

  #mayFallBack(): boolean {
    return this.#options.spec.accel === 'kvm' && this.#options.strict !== true;
  }

  #drivers(): number[] {
    return this.driver === undefined ? [] : [this.driver];
  }

  /** Processes that a topic waits for: its own, and the guest's. */
  pids(): number[] {
    const guest = this.#vm?.pid;
    return [...this.#drivers(), ...(guest === undefined ? [] : [guest])];
  }

  async begin(test: Omit<BeginTest, 'kind' | 'id'>): Promise<GuestFacts> {
    this.#collectStrays();
    const facts = await this.ready();
    const vm = this.#live();
    const mark = `${++this.#count} ${test.name.replaceAll('\n', ' ').slice(0, 200)}`;
    const expected = test.expectSplat.map(({ source, flags, reason }) => ({
      pattern: new RegExp(source, flags),
      reason,
    }));
    this.#lastTest = test.name;
    const running: RunningTest = {
      name: test.name,
      mark,
      expected,
      cancel: this.#limit(vm, `test "${test.name}"`, test.seconds),
    };
    this.#test = running;
    await vm.call('scope.begin', { mark });
    return facts;
  }

  call<N extends OpName>(op: N, request: RequestOf<N>): Promise<ResponseOf<N>> {
    return this.#live().call(op, request);
  }

  /** Releases what the test opened and says what it did to the guest. */
  async end(): Promise<TestVerdict> {
    const test = this.#test;
    const vm = this.#vm;
    if (test === null || vm === null) return { problems: [] };
    const problems: Problem[] = [];
    try {
      const ended = await vm.call('scope.end', { mark: test.mark });
      await vm.console.waitFor(
        new RegExp(`dtrace-selftest: end ${escapeRegExp(test.mark)}`),
        vm.judgedFrom,
        MARKER_MS,
        vm.clock,
      );
      for (const message of ended.problems) problems.push({ kind: 'release', message, excerpt: [] });
    } catch (error: unknown) {
      if (!(error instanceof GuestDied)) throw error;
    } finally {
      test.cancel();
      this.#test = null;
    }
    const death = vm.death;
    const splats = death === null ? this.#judge(vm) : findSplats(vm.console.since(vm.judgedFrom));
    const { unexpected, missing } = judgeSplats(splats, test.expected);
    if (death !== null) {
      problems.push(deathProblem(death));
      // its console is in the excerpt; the splats that killed it would only say it again
      this.#vm = null;
      return { problems };
    }
    problems.push(...unexpected.map((splat) => splatProblem(splat)), ...missing.map(missingProblem));
    return { problems };
  }

  /** After a topic: splats that no test was running for, and now and then leaks, where the kernel looks for them. */
  async endTopic(isLast = true): Promise<readonly Problem[]> {
    this.#test?.cancel();
    if (this.#test !== null) await this.end();
    await new Promise((resolve) => setTimeout(resolve, this.#options.settleMs ?? SETTLE_MS));
    this.#collectStrays();
    const problems = this.#strays.splice(0);
    const vm = this.#vm;
    if (vm === null) return problems;
    try {
      const leaks = await this.#scan(vm, isLast);
      if (leaks.report !== '') problems.push(leakProblem(leaks.report));
    } catch (error: unknown) {
      if (!(error instanceof GuestDied)) throw error;
      this.#vm = null;
      return [...problems, deathProblem(error.death, 'after the topic, ')];
    }
    problems.push(...this.#judge(vm).map((splat) => splatProblem(splat)));
    return problems;
  }

  /** What became of the guest since the last test. */
  #collectStrays(): void {
    const vm = this.#vm;
    if (vm === null) return;
    const after = `after "${this.#lastTest}", `;
    if (vm.death !== null) {
      this.#strays.push(deathProblem(vm.death, after));
      this.#vm = null;
      return;
    }
    this.#strays.push(...this.#judge(vm).map((splat) => splatProblem(splat, after)));
  }

  /** A scan reads all of the kernel's memory: too long for every topic. The last one misses nothing. */
  async #scan(vm: Vm, isLast: boolean): Promise<{ readonly report: string }> {
    if (!isLast && performance.now() - this.#scannedAt < SCAN_EVERY_MS) return { report: '' };
    const cancel = this.#limit(vm, 'the search for leaks', SCAN_SECONDS);
    const found = await vm.call('kmemleak.scan', { settle: isLast }).finally(cancel);
    this.#scannedAt = performance.now();
    return found;
  }

  /** Powers the guest off after the last topic, and says what was wrong with that. */
  async shutDown(): Promise<readonly Problem[]> {
    const vm = this.#vm;
    if (vm === null) return [];
    this.#vm = null;
    const death = await vm.powerOff(this.#options.budgets.shutdownMs);
    if (death.kind !== 'stopped') return [deathProblem(death)];
    return findSplats(vm.console.since(vm.judgedFrom)).map((splat) => splatProblem(splat));
  }

  /** Ends the guest at once, if there is one. */
  async close(): Promise<void> {
    this.#test?.cancel();
    await this.#vm?.stop();
  }

  /** The guest hung when this much of its time is over. @returns what cancels that */
  #limit(vm: Vm, what: string, seconds: number): () => void {
    const budgetMs = testBudgetMs(seconds, this.#options.budgets.slowness);
    return afterGiven(vm.clock, budgetMs, () => void vm.hung(what, budgetMs));
  }

  #judge(vm: Vm): Splat[] {
    vm.console.poll();
    const splats = findSplats(vm.console.completeSince(vm.judgedFrom));
    vm.judgedFrom = vm.console.length;
    return splats;
  }

  #live(): Vm {
    if (this.#vm === null) throw new Error('no guest: a call outside of a test');
    return this.#vm;
  }
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
