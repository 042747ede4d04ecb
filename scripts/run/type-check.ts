/** The type check, left out when nothing that it reads has changed since it passed. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { exec } from '../lib/exec.ts';
import { failedTest, type SuiteRecord, type TestRecord } from '../records/selftest.ts';
import { totals } from '../records/totals.ts';
import { outRoot } from '../lib/paths.ts';
import { readJson, writeJson } from '../lib/record.ts';

interface TypeCheck {
  readonly ms: number;
  readonly failed: boolean;
  readonly reused: boolean;
  /** The compiler's own lines. */
  readonly mistakes: readonly string[];
}

export function typeCheckArgv(root: string): string[] {
  return [
    process.execPath,
    join(root, 'node_modules/typescript/bin/tsc'),
    '--noEmit',
    '--pretty',
    'false',
    '--incremental',
    '--tsBuildInfoFile',
    join(outRoot(root), 'types.tsbuildinfo'),
  ];
}

/** Of every file that the compiler may read: the sources, its options, and the packages with their types. */
export function sourcesDigest(root: string): string {
  const sources = ['scripts', 'selftests'].flatMap((place) =>
    readdirSync(join(root, place), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => join(place, file)),
  );
  const hash = createHash('sha256').update(process.version);
  for (const file of ['tsconfig.json', 'package.json', 'package-lock.json', ...sources.sort()]) {
    hash.update(`\0${file}\0`).update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

/** @param nice see ExecOptions */
export async function checkTypes(root: string, signal: AbortSignal, nice?: number): Promise<TypeCheck> {
  const started = performance.now();
  const ms = (): number => Math.round(performance.now() - started);
  const stateFile = join(outRoot(root), 'types.json');
  const digest = sourcesDigest(root);
  const { data: state } = z.object({ passed: z.string() }).safeParse(readJson(stateFile));
  if (state?.passed === digest) return { failed: false, reused: true, mistakes: [], ms: ms() };
  const options = { cwd: root, signal, ...(nice === undefined ? {} : { nice }) };
  const { failed, stdout, stderr } = await exec(typeCheckArgv(root), options);
  // the files as they were before the compiler read them: one that was changed meanwhile is checked again
  if (!failed) writeJson(stateFile, { passed: digest });
  const mistakes = failed ? `${stdout}${stderr}`.split('\n').filter((line) => line.trim() !== '') : [];
  return { failed, reused: false, mistakes, ms: ms() };
}

/** As one more test that is counted. */
export function typeRecord({ failed, mistakes, ms }: TypeCheck): SuiteRecord {
  const name = 'the types are right';
  const test: TestRecord = failed
    ? failedTest(name, [{ message: 'tsc', detail: mistakes.join('\n') }], ms)
    : { name, status: 'passed', reason: '', ms, assertions: 1, failures: [] };
  const files = [{ file: 'tsconfig.json', tests: [test], ms }];
  return { stage: 'types', files, ...totals(files), ms };
}
