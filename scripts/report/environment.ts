/** What a result depends on besides the sources: recorded while it is true, since a report is made later and elsewhere. */
import { cpus, release, totalmem } from 'node:os';
import { exec } from '../lib/exec.ts';

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

/** First line of each tool's version; a tool that is missing is said to be missing. */
export async function collectEnvironment(): Promise<Fact[]> {
  const tools = await Promise.all(TOOLS.map(async ([name, argv]): Promise<Fact> => {
    const result = await exec(argv);
    const line = (result.stdout || result.stderr).split('\n').find((text) => text.trim() !== '');
    return { name, value: result.failed ? 'not installed' : (line ?? 'no version').trim() };
  }));
  const [first] = cpus();
  const machine = `${cpus().length} x ${first?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`;
  return [{ name: 'host', value: machine }, { name: 'node', value: process.version }, ...tools];
}
