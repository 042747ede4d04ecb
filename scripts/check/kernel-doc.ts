/** What the kernel's own kernel-doc says of comments, and what of it is new. Pure. */
import type { Finding } from '../records/series.ts';
import { finding } from './list.ts';

/** As the script in Python has it, and as the one in Perl had it until 6.16. */
const SAID = /^(?:(?:Warning|Error): (\S+?):\d+ (.*)|(\S+?):\d+: (?:warning|error): (.*))$/i;

/** Sources that a patch touches; the script knows C alone. */
export function documented(touched: readonly string[]): string[] {
  return touched.filter((path) => /\.[ch]$/.test(path) && !/^(?:tools|samples)\//.test(path));
}

export function kernelDocArgv(worktree: string, files: readonly string[]): string[] {
  return [`${worktree}/scripts/kernel-doc`, '-none', ...files];
}

/** Without line numbers, which change with every other line. */
export function parseKernelDoc(output: string): string[] {
  const said = output.split('\n').flatMap((line) => {
    const [, file, text, oldFile, oldText] = SAID.exec(line) ?? [];
    return file === undefined && oldFile === undefined ? [] : [`${file ?? oldFile}: ${text ?? oldText}`];
  });
  return [...new Set(said)];
}

export function kernelDocFindings(before: readonly string[], after: readonly string[]): Finding[] {
  return after.filter((said) => !before.includes(said)).map((said) => finding('kernel-doc', 'KERNEL_DOC', said));
}
