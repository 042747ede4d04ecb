/** A guest with the native runner in it: booted when needed, replaced when it died. */
import { bootGuest, type BootedGuest } from '../guest/boot-guest.ts';
import type { Guest } from '../guest/client.ts';
import { GuestDied } from '../guest/vm.ts';
import type { AccelChoice } from '../host/accelerator.ts';
import { within } from '../lib/given-time.ts';
import type { StageContext } from '../lib/stage.ts';
import type { BuildRecord } from '../records/build.ts';
import { decodeAnswer, type Answer } from './batch.ts';

export interface Died {
  /** The last program that the console names; the one it died of is that or a later one. */
  readonly mark: number | undefined;
  readonly reason: string;
  readonly excerpt: readonly string[];
}

export interface Asked {
  readonly bytes: Buffer;
  readonly programs: number;
  /** Programs between two marks in the kernel log. */
  readonly every: number;
  /** What the verifier says of each program. */
  readonly log?: boolean;
}

export interface Runner {
  run(asked: Asked): Promise<Answer | Died>;
  close(): Promise<void>;
}

const MEMORY_MB = 1024;
const BATCH_MS = 600_000;
const PLACE = '/run/dtrace/fuzz-batch';
const MARK = /dtrace-fuzz: \w+ program (\d+)/;

/** @throws Error when the runner could not do its work */
export async function runBatch(guest: Guest, { bytes, programs, every, log }: Asked): Promise<Answer> {
  await guest.writeFile(PLACE, bytes);
  const argv = [guest.facts.workload, 'fuzz', PLACE, String(every), String(guest.progType('dtrace'))];
  const result = await guest.exec(log === true ? [...argv, 'log'] : argv, { timeoutMs: BATCH_MS });
  if (result.exitCode !== 0)
    throw new Error(`the runner ended with ${result.exitCode ?? result.signal}: ${result.stderr}`);
  return decodeAnswer(result.stdout, programs);
}

export interface RunnerOptions {
  readonly ctx: StageContext;
  readonly build: BuildRecord;
  readonly accel: AccelChoice;
  readonly name: string;
  /** Done in each new guest. */
  readonly prepare?: (guest: Guest) => Promise<void>;
}

export class GuestRunner implements Runner {
  readonly #options: RunnerOptions;
  #booted: BootedGuest | undefined;
  #boots = 0;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /**
   * One CPU: what is patched while it runs is not understood by emulation with parallel CPUs, see
   * guest/machines.ts.
   */
  async #guest(): Promise<BootedGuest> {
    if (this.#booted !== undefined && this.#booted.vm.death === null) return this.#booted;
    const { ctx, build, accel, name, prepare } = this.#options;
    const booted = await bootGuest({
      root: ctx.root,
      build,
      accel,
      cpus: 1,
      memoryMb: MEMORY_MB,
      dir: ctx.run.dir,
      name: `console-${name}-${++this.#boots}`,
      log: ctx.log,
      signal: ctx.signal,
    });
    this.#booted = booted;
    ctx.log({ kind: 'done', text: `guest ${name}-${this.#boots} is up`, ms: booted.bootMs });
    await prepare?.(booted.guest);
    return booted;
  }

  async run(asked: Asked): Promise<Answer | Died> {
    const { guest, vm } = await this.#guest();
    const from = vm.console.length;
    try {
      const answer = await within(vm.clock, BATCH_MS, runBatch(guest, asked));
      if (answer !== undefined) return answer;
      throw new GuestDied(await vm.hung('a batch', BATCH_MS));
    } catch (error: unknown) {
      if (!(error instanceof GuestDied)) throw error;
      const mark = vm.console
        .since(from)
        .map((line) => MARK.exec(line)?.[1])
        .findLast((number) => number !== undefined);
      const { reason, excerpt } = error.death;
      return { mark: mark === undefined ? undefined : Number(mark), reason, excerpt };
    }
  }

  async close(): Promise<void> {
    await this.#booted?.stop();
  }
}
