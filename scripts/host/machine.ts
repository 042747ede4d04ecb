/**
 * What a result depends on besides the sources: recorded while it is true, since a report is made later and elsewhere.
 */
import { cpus, release, totalmem } from 'node:os';
import { exec, type ExecResult } from '../lib/exec.ts';

export interface Fact {
  readonly name: string;
  readonly value: string;
}

const TOOLS: readonly (readonly [string, readonly string[]])[] = [
  ['qemu', ['qemu-system-x86_64', '--version']],
  ['virtme-ng', ['vng', '--version']],
  ['gcc', ['gcc', '--version']],
  ['clang', ['clang-19', '--version']],
  ['pahole', ['pahole', '--version']],
  ['ld', ['ld', '--version']],
];

/** First line of a tool's version; a tool that is missing is said to be missing. */
export function toolFact(
  name: string,
  { failed, stdout, stderr }: Pick<ExecResult, 'failed' | 'stdout' | 'stderr'>,
): Fact {
  const line = `${stdout}\n${stderr}`.split('\n').find((text) => text.trim() !== '');
  return { name, value: failed ? 'not installed' : (line ?? 'no version').trim() };
}

export async function collectEnvironment(): Promise<Fact[]> {
  const tools = await Promise.all(TOOLS.map(async ([name, argv]) => toolFact(name, await exec(argv))));
  const [first] = cpus();
  const machine =
    `${cpus().length} x ${first?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ` +
    `Linux ${release()}`;
  return [{ name: 'host', value: machine }, { name: 'node', value: process.version }, ...tools];
}
