import { homedir } from 'node:os';
import { join } from 'node:path';

export const PROJECT = 'dtrace-bpf';

export interface CachePaths {
  readonly root: string;
  /** Source packages as downloaded. */
  readonly downloads: string;
  /** One bare git repository per imported source, named by its content. */
  readonly bases: string;
  /** The series' worktrees, one per base. */
  readonly worktrees: string;
  /** libbpf and tools, keyed by the content they are made of; a kernel is built below its worktree. */
  readonly builds: string;
  readonly ccache: string;
  readonly locks: string;
  /** apt's own state when the system's must stay untouched. */
  readonly apt: string;
}

/** The XDG cache directory of the project: big, reusable, safe to delete. */
export function cachePaths(env: NodeJS.ProcessEnv = process.env): CachePaths {
  const xdg = env['XDG_CACHE_HOME'];
  // the XDG specification: a relative value is to be ignored
  const base = xdg?.startsWith('/') === true ? xdg : join(env['HOME'] ?? homedir(), '.cache');
  return cacheAt(join(base, PROJECT));
}

/** The same, of a cache whose directory is known. */
export function cacheAt(root: string): CachePaths {
  return {
    root,
    downloads: join(root, 'downloads'),
    bases: join(root, 'bases'),
    worktrees: join(root, 'worktrees'),
    builds: join(root, 'builds'),
    ccache: join(root, 'ccache'),
    locks: join(root, 'locks'),
    apt: join(root, 'apt'),
  };
}

export function outRoot(root: string): string {
  return join(root, 'out');
}

/** Between the name of a source and a time: its repository cannot be read, and was worked in. */
export const DAMAGED = '.damaged-';

/** Sorts by time; two runs never share one, for a lock is between them. */
export function stampOf(now: Date): string {
  return now.toISOString().replace(/[-:.Z]/g, '');
}

/** Sorts by time, is unique enough with the process id, and says what ran. */
export function runName(command: string, now: Date, pid: number): string {
  const stamp = now.toISOString().replace(/[-:]/g, '').slice(0, 15);
  return `${stamp}-${command.replaceAll(':', '-')}-${pid}`;
}
