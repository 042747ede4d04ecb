import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { errnoOf, fromSystemError, WorkbenchError } from './errors.ts';
import { makeDir } from './make-dir.ts';
import { outRoot, runName } from './paths.ts';

/** One run's directory under out/: a JSON record per stage, a log file per step. */
export interface Run {
  readonly dir: string;
  readonly name: string;
  /** Path of a log file in the run's directory. */
  log(step: string): string;
  /** Writes `<stage>.json`; a stage of one configuration is named `<stage>.<config>`. */
  write(stage: string, record: object): string;
}

/** A directory that no other run has, though a process opens two in a second. */
export function openRun(root: string, command: string, now = new Date()): Run {
  makeDir(outRoot(root));
  for (let turn = 1; ; turn++) {
    const run = planRun(root, command, now, turn);
    try {
      mkdirSync(run.dir);
      return run;
    } catch (error: unknown) {
      if (errnoOf(error) !== 'EEXIST') throw fromSystemError(error, run.dir);
    }
  }
}

/** The same without its directory: a dry run names files and leaves none. */
export function planRun(root: string, command: string, now = new Date(), turn = 1): Run {
  const name = `${runName(command, now, process.pid)}${turn === 1 ? '' : `.${turn}`}`;
  const dir = join(outRoot(root), name);
  return {
    dir,
    name,
    log: (step) => join(dir, `${step}.log`),
    write: (stage, record) => {
      const path = join(dir, `${stage}.json`);
      writeJson(path, record);
      return path;
    },
  };
}

/** Writes through a temporary name, so that a reader or a killed run never sees half a record. */
export function writeJson(path: string, value: object): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, `${JSON.stringify(value, null, 2)}\n`);
    renameSync(temporary, path);
  } catch (error: unknown) {
    throw fromSystemError(error, path);
  }
}

/** The parsed file, or undefined when it is missing or not JSON; callers validate what they use. */
export function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** The newest record of a stage under out/, with the run it is from. @param wanted leaves out others */
export function latestRecord(
  root: string,
  stage: string,
  wanted: (record: unknown) => boolean = () => true,
): { readonly run: string; readonly record: unknown } | undefined {
  let names: string[];
  try {
    names = readdirSync(outRoot(root));
  } catch {
    return undefined;
  }
  for (const run of names.sort().reverse()) {
    const record = readJson(join(outRoot(root), run, `${stage}.json`));
    if (record !== undefined && wanted(record)) return { run, record };
  }
  return undefined;
}

/**
 * A run whose records no other command takes for those of what is applied: `build.default` becomes
 * `PREFIX.build.default`.
 */
export function prefixedRun(run: Run, prefix: string): Run {
  return { ...run, write: (stage, record) => run.write(`${prefix}.${stage}`, record) };
}

/**
 * The newest record of a stage, read by its schema.
 * @param next the command that writes such a record
 * @param among only records of these
 * @throws E_RECORD_MISSING when there is none, or it is damaged
 */
export function needRecord<T>(
  root: string,
  stage: string,
  schema: z.ZodType<T>,
  next: string,
  among?: { readonly what: string; readonly wanted: (record: T) => boolean },
): { readonly run: string; readonly record: T } {
  const found = latestRecord(root, stage, (record) => {
    if (among === undefined) return true;
    const { success, data } = schema.safeParse(record);
    return success && among.wanted(data);
  });
  const of = among === undefined ? '' : ` of ${among.what}`;
  if (found === undefined) throw new WorkbenchError('E_RECORD_MISSING', `no ${stage} record${of} under out/`, { next });
  const { success, data } = schema.safeParse(found.record);
  if (success) return { run: found.run, record: data };
  const [kind = stage] = stage.split('.');
  throw new WorkbenchError('E_RECORD_MISSING', `out/${found.run}/${stage}.json is not a record of ${kind}`, { next });
}
