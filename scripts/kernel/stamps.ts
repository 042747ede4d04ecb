/**
 * make believes modification times, and applying a series again writes every patched file again. So the
 * times of the patched files are remembered with their content: a file that is back to what was
 * compiled gets the time it was compiled with, and only what really changed is built.
 */
import { lstatSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { WorkbenchError } from '../lib/errors.ts';
import { readJson, writeJson } from '../lib/record.ts';
import { idsAt, changedPaths, readTreeState } from './tree-state.ts';

const stampSchema = z.object({ blob: z.string(), mtimeMs: z.number() });

type Stamps = Readonly<Record<string, Readonly<z.infer<typeof stampSchema>>>>;

/** Files whose content is the recorded one while their time is not. */
export function restores(recorded: Stamps, now: Stamps): { readonly path: string; readonly mtimeMs: number }[] {
  return Object.entries(now).flatMap(([path, stamp]) => {
    const before = recorded[path];
    return before !== undefined && before.blob === stamp.blob && before.mtimeMs !== stamp.mtimeMs
      ? [{ path, mtimeMs: before.mtimeMs }]
      : [];
  });
}

/**
 * What may be recorded before make runs: the files that have not changed since the last build that
 * passed. The others are added after success; until then it is not known what their objects contain.
 */
export function unchanged(recorded: Stamps, now: Stamps): Stamps {
  return Object.fromEntries(Object.entries(recorded).filter(([path, stamp]) => now[path]?.blob === stamp.blob));
}

/** What can be read of the file. */
export function readStamps(path: string): Stamps {
  const entries = Object.entries(z.record(z.string(), z.unknown()).safeParse(readJson(path)).data ?? {});
  return Object.fromEntries(
    entries.flatMap(([name, value]) => {
      const { data } = stampSchema.safeParse(value);
      return data === undefined ? [] : [[name, data]];
    }),
  );
}

/** Content and time of the paths that a series touches, and of those recorded earlier. */
async function collect(worktree: string, base: string, recorded: Stamps): Promise<Stamps> {
  // the blob of a file with uncommitted changes is not what make compiles
  const dirty = new Set((await readTreeState(worktree)).dirty);
  const touched = await changedPaths(worktree, base, 'HEAD');
  if (touched === undefined) {
    throw new WorkbenchError('E_TREE', `the base ${base} is not in ${worktree}`, { next: 'npm run apply' });
  }
  const paths = [...new Set([...touched, ...Object.keys(recorded)])].filter((path) => !dirty.has(path)).sort();
  const blobs = await idsAt(worktree, 'HEAD', paths);
  const stamps: [string, Stamps[string]][] = [];
  for (const [path, blob] of blobs) {
    const stat = lstatSync(join(worktree, path), { throwIfNoEntry: false });
    if (stat !== undefined) stamps.push([path, { blob, mtimeMs: Math.floor(stat.mtimeMs) }]);
  }
  return Object.fromEntries(stamps);
}

/** Before make: gives unchanged files their old time. Returns how many. */
export async function restoreTimes(worktree: string, base: string, file: string): Promise<number> {
  const recorded = readStamps(file);
  const now = await collect(worktree, base, recorded);
  const list = restores(recorded, now);
  for (const { path, mtimeMs } of list) utimesSync(join(worktree, path), mtimeMs / 1000, mtimeMs / 1000);
  writeJson(file, unchanged(recorded, now));
  return list.length;
}

/** After make has passed: everything in the tree is what the objects were made of. */
export async function recordTimes(worktree: string, base: string, file: string): Promise<void> {
  writeJson(file, await collect(worktree, base, readStamps(file)));
}
