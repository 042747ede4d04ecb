import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { messageOf, WorkbenchError } from '../lib/errors.ts';
import { exec, formatArgv, type ExecResult } from '../lib/exec.ts';
import { givenTime, within, wallClock, type Clock } from '../lib/given-time.ts';
import type { Log } from '../lib/log.ts';
import { socketRoot } from '../lib/temporary.ts';
import type { GuestHello, OpName, RequestOf, ResponseOf } from '../../selftests/agent/protocol.ts';
import {
  earlyScript,
  FSTAB,
  guardedArgv,
  startScript,
  vngArgv,
  type AgentFiles,
  type BootFiles,
  type BootSpec,
} from './boot-plan.ts';
import type { Budgets } from './budgets.ts';
import { GuestChannel } from './channel.ts';
import { ConsoleFile } from './console.ts';
import { classifyDeath, type Death, type HostView } from './death.ts';
import { injectNmi } from './monitor.ts';
import { splitWriters, stripStamp } from './console-text.ts';
import { Patience, stretched } from './patience.ts';
import { filesOf, firstDifference, otherKernel } from './same-files.ts';
import type { Transport } from './transport.ts';
import { vngHome } from './vng-home.ts';

/** Every request to a guest that died is rejected with this. */
export class GuestDied extends Error {
  readonly death: Death;

  constructor(death: Death) {
    super(death.reason);
    this.name = 'GuestDied';
    this.death = death;
  }
}

export interface VmOptions {
  readonly spec: BootSpec;
  readonly agent: AgentFiles;
  readonly budgets: Budgets;
  /** Where the console's log goes. */
  readonly consoleLog: string;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** See ExecOptions. */
  readonly nice?: number;
  /** Processes that a test waits for besides the guest's: its driver. */
  readonly drivers?: () => readonly number[];
}

const AGENT_ENDED = /^dtrace-selftest: agent ended with/;
/** The kernel may say more about its end than the host saw first. */
const LAST_WORDS_MS = 1_500;
/** For the backtraces that a hung guest prints when it is kicked. */
const NMI_WORDS_MS = 15_000;
const BOOT_POLL_MS = 200;

/** One booted guest. It dies once; then it is of no more use. */
export class Vm implements Transport {
  readonly console: ConsoleFile;
  readonly #channel: GuestChannel;
  readonly #kill: AbortController;
  readonly #ended: Promise<ExecResult>;
  readonly #monitor: string;
  /** Of all budgets of this guest. */
  readonly clock: Clock;
  readonly #patience: Patience;
  /** Of the process that leads the guest's; undefined for one that a test moves. */
  readonly pid: number | undefined;
  #death: Death | null = null;
  #dying = false;
  /**
   * What the host knows before the guest says anything: a kicked guest's panic is ours, and so is the power-off of one
   * that was told to.
   */
  #known: HostView | null = null;
  #announceDeath: (death: Death) => void = () => undefined;
  readonly died: Promise<Death>;
  /** Position in the console from which the current test is judged. */
  judgedFrom = 0;

  constructor(parts: {
    console: ConsoleFile;
    channel: GuestChannel;
    kill: AbortController;
    ended: Promise<ExecResult>;
    monitor: string;
    clock?: Clock;
    pid?: number | undefined;
  }) {
    this.console = parts.console;
    this.#channel = parts.channel;
    this.#kill = parts.kill;
    this.#ended = parts.ended;
    this.#monitor = parts.monitor;
    this.clock = parts.clock ?? wallClock;
    this.#patience = new Patience(this.clock);
    this.pid = parts.pid;
    this.died = new Promise((resolve) => (this.#announceDeath = resolve));
    this.console.onLine((line) => {
      const texts = splitWriters(line).map(stripStamp);
      if (texts.some((text) => AGENT_ENDED.test(text) || /^Kernel panic - not syncing/.test(text)))
        void this.#die({ kind: 'channel-closed' });
    });
    void this.#ended.then((result) => this.#die({ kind: 'exited', exitCode: result.exitCode, signal: result.signal }));
  }

  get death(): Death | null {
    return this.#death;
  }

  call<N extends OpName>(op: N, request: RequestOf<N>): Promise<ResponseOf<N>> {
    return this.#channel.call(op, stretched(op, request, this.#patience.factor()));
  }

  channelClosed(): void {
    void this.#die({ kind: 'channel-closed' });
  }

  /** A budget is spent: the guest is made to say where it is, and ended. */
  async hung(what: string, ms: number): Promise<Death> {
    this.#known = { kind: 'budget', what, ms };
    try {
      await injectNmi(this.#monitor, this.clock);
      await this.#words(/Kernel panic/, NMI_WORDS_MS);
    } catch (error: unknown) {
      this.#known = { kind: 'budget', what, ms, mute: messageOf(error) };
    }
    return this.#die(this.#known, 0);
  }

  /**
   * Powers the guest off, so that what it complains of at its very end is heard; one that is still there when the
   * budget is spent hung.
   */
  async powerOff(budgetMs: number): Promise<Death> {
    this.#known = { kind: 'told-to-end' };
    // it need not live long enough to answer
    this.call('file.write', { path: '/proc/sysrq-trigger', data: 'o' }).catch(() => undefined);
    return (await within(this.clock, budgetMs, this.died)) ?? this.hung('powering off', budgetMs);
  }

  /** Ends it at once; nothing of it survives. */
  async stop(): Promise<void> {
    await this.#die({ kind: 'stopped' }, 0);
  }

  /** Waits for words on the console, as long as the guest is there to say them. */
  async #words(pattern: RegExp, ms: number): Promise<void> {
    await Promise.race([this.console.waitFor(pattern, this.judgedFrom, ms, this.clock), this.#ended]);
  }

  async #die(view: HostView, lastWordsMs = LAST_WORDS_MS): Promise<Death> {
    if (this.#dying) return this.died;
    this.#dying = true;
    if (lastWordsMs > 0) await this.#words(/end Kernel panic|reboot: (?:Power down|Restarting)/, lastWordsMs);
    this.#kill.abort();
    await this.#ended;
    this.console.poll();
    const death = classifyDeath(
      this.console.since(this.judgedFrom),
      view.kind === 'stopped' ? view : (this.#known ?? view),
    );
    this.#death = death;
    this.#channel.fail(new GuestDied(death));
    this.console.close();
    this.#announceDeath(death);
    return death;
  }
}

/** Boots a guest and waits for its agent. @throws WorkbenchError E_BOOT with the console's end */
export async function bootVm(options: VmOptions): Promise<{ vm: Vm; hello: GuestHello; bootMs: number }> {
  const started = performance.now();
  const dir = mkdtempSync(join(socketRoot(), 'dtrace-'));
  const files: BootFiles = {
    dir,
    agentSocket: join(dir, 'agent'),
    monitorSocket: join(dir, 'qmp'),
    startScript: join(dir, 'start.sh'),
    earlyScript: join(dir, 'early.sh'),
    fstab: join(dir, 'fstab'),
    console: options.consoleLog,
    vngOutput: `${options.consoleLog}.vng`,
  };
  writeFileSync(files.startScript, startScript(options.agent));
  writeFileSync(files.earlyScript, earlyScript(files));
  writeFileSync(files.fstab, FSTAB);
  writeFileSync(files.console, '');
  writeFileSync(files.vngOutput, '');
  const argv = vngArgv(options.spec, files);
  options.log({ kind: 'command', text: formatArgv(argv) });
  const kill = new AbortController();
  const onAbort = (): void => kill.abort();
  options.signal.addEventListener('abort', onAbort, { once: true });
  const { server, connected } = await listenForQemu(files.agentSocket);
  let pid: number | undefined;
  const clock = givenTime(() => [...(pid === undefined ? [] : [pid]), ...(options.drivers?.() ?? [])]);
  const ended = exec(guardedArgv(argv, files), {
    // vng leaves a directory behind when it is killed: it goes with ours
    signal: kill.signal,
    graceMs: 100,
    tool: 'vng',
    env: vngHome(dir),
    onStart: (leader) => (pid = leader),
    ...(options.nice === undefined ? {} : { nice: options.nice }),
  }).finally(() => {
    options.signal.removeEventListener('abort', onAbort);
    server.close();
    // who was killed may be at its last system call
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  });
  const console = new ConsoleFile(files.console);
  let vm: Vm | null = null;
  try {
    const socket = await within(clock, options.budgets.bootMs, Promise.race([connected, ended.then(() => null)]));
    if (socket === undefined) throw bootError('QEMU did nothing at all', console, files);
    if (socket === null) throw bootError('QEMU did not start', console, files);
    const channel = new GuestChannel(socket, () => vm?.channelClosed());
    vm = new Vm({ console, channel, kill, ended, monitor: files.monitorSocket, clock, pid });
    const hello = await firstAnswer(vm, options.budgets, started, files);
    const up = vm;
    const difference = await within(
      clock,
      options.budgets.bootMs,
      otherKernel(up, options.spec.vmlinux)
        .then((other) => other ?? firstDifference(up, filesOf(options.agent)))
        .then((found) => ({ found })),
    );
    if (difference === undefined) throw bootError('no digests of its files', console, files);
    if (difference.found !== undefined) throw bootError(difference.found, console, files);
    return { vm, hello, bootMs: performance.now() - started };
  } catch (error: unknown) {
    kill.abort();
    await ended;
    console.close();
    if (options.signal.aborted) throw new WorkbenchError('E_INTERRUPTED', 'interrupted while a guest booted');
    throw error;
  }
}

async function listenForQemu(path: string): Promise<{ server: Server; connected: Promise<Socket> }> {
  let take: (socket: Socket) => void = () => undefined;
  const connected = new Promise<Socket>((resolve) => (take = resolve));
  const server = createServer((socket) => take(socket));
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve));
  return { server, connected };
}

/** Both budgets begin when QEMU was connected to: what went before is over. */
async function firstAnswer(
  vm: Vm,
  { bootMs, silenceMs }: Budgets,
  started: number,
  files: BootFiles,
): Promise<GuestHello> {
  const { console, clock } = vm;
  const began = clock.nowMs();
  let heard = { bytes: console.heardBytes, atMs: began };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setInterval(() => {
      const nowMs = clock.nowMs();
      if (console.heardBytes !== heard.bytes) heard = { bytes: console.heardBytes, atMs: nowMs };
      const wall = `(${seconds(performance.now() - started)} since it was started)`;
      if (nowMs - began > bootMs)
        reject(bootError(`no agent after ${seconds(nowMs - began)} of its own ${wall}`, console, files));
      else if (nowMs - heard.atMs > silenceMs)
        reject(bootError(`a silent console for ${seconds(nowMs - heard.atMs)} while booting ${wall}`, console, files));
    }, BOOT_POLL_MS);
  });
  try {
    return await Promise.race([vm.call('agent.hello', {}), late]);
  } catch (error: unknown) {
    if (error instanceof GuestDied) throw bootError(`${error.death.reason} while booting`, console, files);
    throw error;
  } finally {
    clearInterval(timer);
  }
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}

function bootError(what: string, console: ConsoleFile, files: BootFiles): WorkbenchError {
  console.poll();
  const lines = console.since(0);
  return new WorkbenchError('E_BOOT', `the guest did not boot: ${what}`, {
    position: { file: files.console },
    detail: lines.slice(-40).join('\n'),
    next: formatArgv(['less', files.console]),
  });
}
