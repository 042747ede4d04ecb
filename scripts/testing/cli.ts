import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Fixture } from './project.ts';

const PROJECT = dirname(dirname(import.meta.dirname));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A clone of the project with a fixture's patches: what a person has in front of them. */
export interface Clone {
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
  /** `npm run ARGV`, without npm. */
  run(
    argv: readonly string[],
    onStderr?: (text: string, pid: number) => void,
    env?: NodeJS.ProcessEnv,
  ): Promise<Outcome>;
  /** Text of an error's `next`, in the shell that it is for. @param args $0 and those behind it */
  paste(text: string, env?: NodeJS.ProcessEnv, args?: readonly string[]): Promise<Outcome>;
}

/** Made in this process: what an earlier one left may be of other sources. */
const made = new Set<string>();

/**
 * @param name of the directory: one for each test file, and the same in every run, for the loader knows the files that
 * it compiled there before; a clone that this process made gets the fixture's patches
 */
export function cloneProject(name: string, f: Fixture): Clone {
  const root = join(PROJECT, '.tap', 'clones', name);
  rmSync(made.has(root) ? join(root, 'patches') : root, { recursive: true, force: true });
  if (!made.has(root)) {
    for (const entry of ['scripts', 'package.json', 'package-lock.json'])
      cpSync(join(PROJECT, entry), join(root, entry), { recursive: true });
    symlinkSync(join(PROJECT, 'node_modules'), join(root, 'node_modules'));
    made.add(root);
  }
  cpSync(join(f.project, 'patches'), join(root, 'patches'), { recursive: true });
  const env = { ...process.env, XDG_CACHE_HOME: dirname(f.context.cache.root) };
  const run = async (
    argv: readonly string[],
    extra: NodeJS.ProcessEnv,
    onStderr: (text: string, pid: number) => void,
  ): Promise<Outcome> => {
    const [command = '', ...args] = argv;
    const child = spawn(command, args, { cwd: root, env: { ...env, ...extra }, stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (data) => (stdout += String(data)));
    child.stderr.on('data', (data) => onStderr((stderr += String(data)), child.pid ?? 0));
    await once(child, 'close');
    return { code: child.exitCode, stdout, stderr };
  };
  return {
    root,
    env,
    run: (argv, onStderr = () => undefined, extra = {}) =>
      run([process.execPath, join(root, 'scripts/bootstrap.mjs'), ...argv], extra, onStderr),
    paste: (text, extra = {}, args = []) => run(['bash', '-c', text, ...args], extra, () => undefined),
  };
}

/** The error of a run with --json. */
export function errorOf({ stdout }: Pick<Outcome, 'stdout'>): {
  readonly code: string;
  readonly exitCode: number;
  readonly next?: string;
  readonly detail?: string;
  readonly problems: readonly unknown[];
} {
  return (JSON.parse(stdout) as { readonly error: ReturnType<typeof errorOf> }).error;
}
