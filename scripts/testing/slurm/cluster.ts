/** munged, slurmctld and a slurmd a node, as root. A node is a namespace of processes: all of it dies at once. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkbenchError } from '../../lib/errors.ts';
import { exec, must } from '../../lib/exec.ts';
import { killGroup } from '../../lib/guardian.ts';
import { parseJobs, slurmConf } from './config.ts';

export interface Cluster {
  /** What a client needs. */
  readonly env: Readonly<Record<string, string>>;
  jobs(): Promise<ReadonlyMap<string, string>[]>;
  /** As if its power went. */
  kill(node: string): void;
  stop(): Promise<void>;
}

const KEY_BYTES = 1024;
const POLL_MS = 250;
const START_MS = 60_000;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Resolves when `done` says so. @throws E_TEST when it does not in time */
export async function until(what: string, done: () => boolean | Promise<boolean>, limitMs = START_MS): Promise<void> {
  const end = performance.now() + limitMs;
  while (!(await done())) {
    if (performance.now() > end)
      throw new WorkbenchError('E_TEST', `${what}: not within ${limitMs / 1000} s`, { next: 'less the logs' });
    await sleep(POLL_MS);
  }
}

/** @param dir without blanks; it stays */
export async function startCluster(dir: string, nodes: readonly string[], signal: AbortSignal): Promise<Cluster> {
  mkdirSync(join(dir, 'state'), { recursive: true });
  const ports: number[] = [];
  for (const _ of ['slurmctld', ...nodes]) ports.push(await freePort());
  writeFileSync(join(dir, 'slurm.conf'), slurmConf({ dir, nodes, ports }));
  writeFileSync(join(dir, 'munge.key'), randomBytes(KEY_BYTES), { mode: 0o400 });
  const env = { SLURM_CONF: join(dir, 'slurm.conf') };
  const end = new AbortController();
  const ended = AbortSignal.any([signal, end.signal]);
  const leaders = new Map<string, number>();
  const running: Promise<unknown>[] = [];
  const start = (name: string, argv: readonly string[]): void => {
    const onStart = (pid: number): void => void leaders.set(name, pid);
    running.push(exec(argv, { env, log: join(dir, `${name}.log`), signal: ended, onStart }));
  };
  const file = (name: string): string => join(dir, name);
  start('munged', [
    ...['munged', '--foreground', '--force', `--key-file=${file('munge.key')}`],
    ...[`--socket=${file('munge.socket')}`, `--pid-file=${file('munge.pid')}`],
    ...[`--seed-file=${file('munge.seed')}`, `--log-file=${file('munge.log')}`],
  ]);
  start('slurmctld', ['slurmctld', '-D']);
  for (const node of nodes)
    start(node, ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc', 'slurmd', '-D', '-N', node]);
  await until('the nodes are idle', async () => {
    const { stdout } = await exec(['sinfo', '--noheader', '--Node', '--format=%T'], { env, signal });
    const states = stdout.trim().split('\n');
    return states.length === nodes.length && states.every((state) => state === 'idle');
  });
  return {
    env,
    jobs: async () => {
      const { stdout } = await must(['scontrol', 'show', 'job'], { env, signal });
      return parseJobs(stdout);
    },
    kill: (node) => {
      const leader = leaders.get(node);
      // no word to the daemon first, which would tell the controller
      if (leader !== undefined) killGroup(leader, 'SIGKILL');
    },
    stop: async () => {
      end.abort();
      await Promise.all(running);
    },
  };
}
