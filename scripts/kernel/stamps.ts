/**
 * make believes modification times, and applying a series again writes every patched file again. So the
 * times of the patched files are remembered with their content, for each build directory: a file that is back to
 * what was compiled there gets the time it was compiled with. Every other one is made new: the time that it has may be
 * that of another directory, whose build gave it back, and older than what this one compiled of it.
 */
import { lstatSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { WorkbenchError } from '../lib/errors.ts';
import { readJson, writeJson } from '../lib/record.ts';
import { idsAt, changedPaths, readTreeState } from './tree-state.ts';

const stampSchema = z.object({ blob: z.string(), mtimeMs: z.number() });

type Stamps = Readonly<Record<string, Readonly<z.infer<typeof stampSchema>>>>;

/** The time that each file is to have; `fresh` where its content is not the recorded one. */
export function timesFor(recorded: Stamps, now: Stamps, fresh: number): ReadonlyMap<string, number> {
  return new Map(
    Object.entries(now).map(([path, { blob }]) => {
      const before = recorded[path];
      return [path, before?.blob === blob ? before.mtimeMs : fresh];
    }),
  );
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

/**
 * Before make: gives unchanged files the time they were compiled with, and makes the others new. Returns how many
 * were unchanged and had another time.
 */
export async function restoreTimes(worktree: string, base: string, file: string): Promise<number> {
  const recorded = readStamps(file);
  const now = await collect(worktree, base, recorded);
  const same = unchanged(recorded, now);
  for (const [path, mtimeMs] of timesFor(recorded, now, Date.now()))
    if (now[path]?.mtimeMs !== mtimeMs) utimesSync(join(worktree, path), mtimeMs / 1000, mtimeMs / 1000);
  writeJson(file, same);
  return Object.entries(same).filter(([path, { mtimeMs }]) => now[path]?.mtimeMs !== mtimeMs).length;
}

/** After make has passed: everything in the tree is what the objects were made of. */
export async function recordTimes(worktree: string, base: string, file: string): Promise<void> {
  writeJson(file, await collect(worktree, base, readStamps(file)));
}
