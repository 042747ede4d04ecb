/** The type check, left out when nothing that it reads has changed since it passed. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exec, formatArgv } from '../lib/exec.ts';
import type { UnitRecord } from '../records/unit.ts';
import { outRoot } from '../lib/paths.ts';
import { readJson, writeJson } from '../lib/record.ts';

export interface TypeCheck {
  readonly ms: number;
  readonly failed: boolean;
  readonly reused: boolean;
  /** The compiler's own lines. */
  readonly mistakes: readonly string[];
}

export function typeCheckArgv(root: string): string[] {
  return [process.execPath, join(root, 'node_modules/typescript/bin/tsc'), '--noEmit', '--pretty', 'false', '--incremental',
    '--tsBuildInfoFile', join(outRoot(root), 'types.tsbuildinfo')];
}

export function formatTypeCheck(root: string): string {
  return formatArgv(typeCheckArgv(root));
}

/** Of every file that the compiler may read: the sources, its options, and the packages with their types. */
export function sourcesDigest(root: string): string {
  const sources = ['scripts', 'selftests'].flatMap((place) =>
    readdirSync(join(root, place), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts')).map((file) => join(place, file)));
  const hash = createHash('sha256').update(process.version);
  for (const file of ['tsconfig.json', 'package.json', 'package-lock.json', ...sources.sort()]) hash.update(`\0${file}\0`).update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

/** @param nice see ExecOptions */
export async function checkTypes(root: string, signal: AbortSignal, nice?: number): Promise<TypeCheck> {
  const started = performance.now();
  const ms = (): number => Math.round(performance.now() - started);
  const stateFile = join(outRoot(root), 'types.json');
  const digest = sourcesDigest(root);
  const state = readJson(stateFile);
  if (typeof state === 'object' && state !== null && 'passed' in state && state.passed === digest) return { failed: false, reused: true, mistakes: [], ms: ms() };
  const { failed, stdout, stderr } = await exec(typeCheckArgv(root), { cwd: root, signal, ...(nice === undefined ? {} : { nice }) });
  // the files as they were before the compiler read them: one that was changed meanwhile is checked again
  if (!failed) writeJson(stateFile, { passed: digest });
  return { failed, reused: false, mistakes: failed ? `${stdout}${stderr}`.split('\n').filter((line) => line.trim() !== '') : [], ms: ms() };
}

/** As one more test that is counted; the record of a run has it in the shape of the unit tests. */
export function typeRecord({ failed, mistakes, ms }: TypeCheck): UnitRecord {
  const failures = failed ? [{ name: 'tsc', detail: mistakes.join('\n') }] : [];
  const files = [{ file: 'tsconfig.json', tests: [{ name: 'the types are right', ok: !failed, skip: undefined, failures }], ms }];
  return { stage: 'types', files, passed: failed ? 0 : 1, failed: failed ? 1 : 0, skipped: 0, ms };
}
