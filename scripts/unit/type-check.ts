/** The type check, left out when nothing that it reads has changed since it passed. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exec, formatArgv } from '../lib/exec.ts';
import { outRoot } from '../lib/paths.ts';
import { readJson, writeJson } from '../lib/record.ts';

export interface TypeCheck {
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

export async function checkTypes(root: string, signal: AbortSignal): Promise<TypeCheck> {
  const stateFile = join(outRoot(root), 'types.json');
  const digest = sourcesDigest(root);
  const state = readJson(stateFile);
  if (typeof state === 'object' && state !== null && 'passed' in state && state.passed === digest) return { failed: false, reused: true, mistakes: [] };
  const { failed, stdout, stderr } = await exec(typeCheckArgv(root), { cwd: root, signal });
  // the files as they were before the compiler read them: one that was changed meanwhile is checked again
  if (!failed) writeJson(stateFile, { passed: digest });
  return { failed, reused: false, mistakes: failed ? `${stdout}${stderr}`.split('\n').filter((line) => line.trim() !== '') : [] };
}
