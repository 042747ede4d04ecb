/** What the programs of the kernel tree say of one commit, which is checked out in the scratch worktree. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StageContext } from '../lib/stage.ts';
import { WorkbenchError } from '../lib/errors.ts';
import { exec, formatArgv } from '../lib/exec.ts';
import type { Finding } from '../records/series.ts';
import { checkpatchArgv, parseCheckpatch, type CheckpatchResult } from './checkpatch.ts';
import { kernelDocArgv, parseKernelDoc } from './kernel-doc.ts';
import { finding } from './list.ts';

/** @throws E_CHECK when it has looked at nothing, which is no pass */
export async function runCheckpatch(
  ctx: StageContext,
  worktree: string,
  path: string,
): Promise<CheckpatchResult & { readonly linesChecked: number }> {
  // spdxcheck.py and codespell are those of the system's python3, and not of any that is in front of it
  const env = { PATH: `/usr/bin:${process.env['PATH'] ?? ''}` };
  const result = await exec(checkpatchArgv(worktree, path), { cwd: worktree, signal: ctx.signal, env });
  const read = parseCheckpatch(result.stdout, result.stderr);
  const { linesChecked } = read;
  if (linesChecked === undefined || linesChecked === 0) {
    throw new WorkbenchError('E_CHECK', `checkpatch.pl checked nothing of ${path}`, {
      detail: (result.stderr || result.stdout).slice(-1000),
      next: 'npm run doctor',
    });
  }
  return { ...read, linesChecked };
}

export async function maintainersOf(worktree: string, path: string): Promise<string[]> {
  const result = await exec(
    ['perl', join(worktree, 'scripts/get_maintainer.pl'), '--no-git', '--no-git-fallback', '--norolestats', path],
    { cwd: worktree },
  );
  return result.failed ? [] : result.stdout.split('\n').filter(Boolean);
}

/** The helper documentation is generated from the header; a comment it cannot read breaks every build of libbpf. */
export async function docFindings(worktree: string): Promise<Finding[]> {
  const header = join(worktree, 'include/uapi/linux/bpf.h');
  const script = join(worktree, 'scripts/bpf_doc.py');
  const found: Finding[] = [];
  for (const args of [['helpers'], ['syscall'], ['--header']]) {
    const argv =
      args[0] === '--header'
        ? ['python3', script, '--header', '--file', header]
        : ['python3', script, '--filename', header, ...args];
    const result = await exec(argv);
    if (result.failed || result.stdout.length < 1000)
      found.push(
        finding('bpf_doc', 'BPF_DOC', `${args[0]}: ${result.stderr.trim().split('\n').at(-1) ?? 'no output'}`),
      );
  }
  return found;
}

/**
 * What kernel-doc says of `files`. @throws E_CHECK when it does not run
 * @param known by name and content: a patch's files are mostly its parent's, and the large ones take seconds
 */
export async function kernelDocOf(
  ctx: StageContext,
  worktree: string,
  files: readonly string[],
  known: Map<string, readonly string[]>,
): Promise<string[]> {
  const keys = new Map(files.map((file) => [file, `${file}\0${readFileSync(join(worktree, file), 'utf8')}`]));
  const fresh = [...keys].filter(([, key]) => !known.has(key));
  if (fresh.length > 0) {
    const argv = kernelDocArgv(
      worktree,
      fresh.map(([file]) => file),
    );
    // nothing of its modules is left in the tree
    const env = { PYTHONDONTWRITEBYTECODE: '1' };
    const result = await exec(argv, { cwd: worktree, signal: ctx.signal, env });
    if (result.failed) {
      throw new WorkbenchError('E_CHECK', 'kernel-doc does not run', {
        detail: (result.stderr || result.stdout).slice(-1000),
        next: formatArgv(argv),
      });
    }
    const said = parseKernelDoc(`${result.stdout}\n${result.stderr}`);
    const of = (file: string): string[] => said.filter((line) => line.startsWith(`${file}: `));
    // of a place that is none of these files, if there ever is one
    const rest = said.filter((line) => !fresh.some(([file]) => line.startsWith(`${file}: `)));
    for (const [index, [file, key]] of fresh.entries()) known.set(key, [...of(file), ...(index === 0 ? rest : [])]);
  }
  return [...keys.values()].flatMap((key) => known.get(key) ?? []);
}
