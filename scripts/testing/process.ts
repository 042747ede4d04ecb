import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTime } from '../lib/start-time.ts';

/** A loaded machine is slow, a hang is for ever. */
const LIMIT_MS = 300_000;

/** Polls until `ask` has an answer. */
export async function eventually<T>(what: string, ask: () => T | undefined | false): Promise<T> {
  const deadline = Date.now() + LIMIT_MS;
  for (;;) {
    const answer = ask();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > deadline) throw new Error(`it never came to this: ${what}`);
    await sleep(5);
  }
}

/** The process id that a script wrote to `path` with a newline behind it. */
export async function pidFrom(path: string): Promise<number> {
  return eventually(`a process id in ${path}`, () => {
    try {
      const [pid] = /^\d+(?=\n)/.exec(readFileSync(path, 'utf8')) ?? [];
      return pid === undefined ? undefined : Number(pid);
    } catch {
      return undefined;
    }
  });
}

/** Resolves when there is no such process any more. */
export async function gone(pid: number): Promise<true> {
  return eventually(`the end of process ${pid}`, () => startTime(pid) === undefined);
}

/** A TypeScript file in a process of its own. */
export function runScript(script: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  return spawn(process.execPath, ['--import', import.meta.resolve('tsx'), script, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
  });
}

/** Ends it without warning. The answer tells a kill from an end that came before it. */
export async function killNow(child: ChildProcess): Promise<NodeJS.Signals | null> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
  return child.signalCode;
}

/** The direct children of a process. */
export function childrenOf(pid: number): number[] {
  return readProc(`${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}

/** The program with its arguments. */
export function commandOf(pid: number): string {
  return readProc(`${pid}/cmdline`).replaceAll('\0', ' ');
}

/** The process group; undefined when there is no such process. */
export function groupOf(pid: number): number | undefined {
  const stat = readProc(`${pid}/stat`);
  return stat === '' ? undefined : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
}

function readProc(path: string): string {
  try {
    return readFileSync(join('/proc', path), 'utf8');
  } catch {
    return '';
  }
}
