import { spawn, type ChildProcess } from 'node:child_process';
import { held, type Handlers } from './context.ts';
import type { ExecResult, ExecSpec, Handle } from './protocol.ts';

const DEFAULT_TIMEOUT_MS = 30_000;
const OUTPUT_POLL_MS = 20;

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
  stdout: string;
  stderr: string;
  timedOut: boolean;
  failure: Error | null;
}

const processes = new Map<Handle, Running>();

function start(spec: ExecSpec): Running {
  const [command = '', ...args] = spec.argv;
  const child = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...spec.env },
    ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
  });
  let finish: () => void = () => undefined;
  const running: Running = {
    child,
    ended: new Promise((resolve) => (finish = resolve)),
    stdout: '',
    stderr: '',
    timedOut: false,
    failure: null,
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (running.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (running.stderr += text));
  // a process that never reads its input is no error
  child.stdin.on('error', () => undefined);
  child.on('error', (error) => {
    running.failure = error;
    finish();
  });
  child.on('close', () => finish());
  if (spec.stdin !== undefined) child.stdin.end(spec.stdin);
  return running;
}

async function result(running: Running, timeoutMs: number): Promise<ExecResult> {
  const timer = setTimeout(() => {
    running.timedOut = true;
    running.child.kill('SIGKILL');
  }, timeoutMs);
  await running.ended;
  clearTimeout(timer);
  if (running.failure !== null) throw running.failure;
  const { child, timedOut, stdout, stderr } = running;
  return { pid: child.pid ?? -1, exitCode: child.exitCode, signal: child.signalCode, timedOut, stdout, stderr };
}

function running(handle: Handle): Running {
  held.get(handle, 'process');
  const found = processes.get(handle);
  if (found === undefined) throw new Error(`process ${handle} is gone`);
  return found;
}

export const execOps: Handlers<'exec' | 'spawn' | 'process.wait' | 'process.signal' | 'process.waitOutput'> = {
  exec: (spec) => {
    const process = start(spec);
    process.child.stdin?.end();
    return result(process, spec.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  },
  spawn: async (spec) => {
    const started = start(spec);
    if (started.child.pid === undefined) {
      await started.ended;
      throw started.failure ?? new Error(`cannot run ${spec.argv[0]}`);
    }
    const handle = held.add('process', {}, async () => {
      processes.delete(handle);
      started.child.kill('SIGKILL');
      await started.ended;
      return 0;
    });
    processes.set(handle, started);
    return { process: handle, pid: started.child.pid };
  },
  'process.wait': ({ process, timeoutMs }) => {
    const target = running(process);
    // it has no writer any more
    target.child.stdin?.end();
    return result(target, timeoutMs ?? DEFAULT_TIMEOUT_MS);
  },
  'process.signal': ({ process, signal }) => {
    running(process).child.kill(signal as NodeJS.Signals);
    return {};
  },
  'process.waitOutput': async ({ process, text, timeoutMs }) => {
    const target = running(process);
    const deadline = Date.now() + timeoutMs;
    let ended = false;
    void target.ended.then(() => (ended = true));
    for (;;) {
      const found = target.stdout.includes(text) || target.stderr.includes(text);
      if (found || ended || Date.now() > deadline) return { found, stdout: target.stdout, stderr: target.stderr };
      await new Promise((resolve) => setTimeout(resolve, OUTPUT_POLL_MS));
    }
  },
};
