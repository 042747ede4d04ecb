/** Command lines run in this process, for tests. */
import type { Test } from 'tap';
import { main } from '../main.ts';

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command line, from its first word to its exit code, in this process. @param heard what it says, as it says it */
export async function run(
  root: string,
  argv: readonly string[],
  signal = new AbortController().signal,
  heard: (text: string) => void = () => undefined,
): Promise<Outcome> {
  let [stdout, stderr] = ['', ''];
  const code = await main(argv, {
    root,
    stdout: { write: (text) => (stdout += text) },
    stderr: {
      write: (text) => {
        stderr += text;
        heard(text);
      },
    },
    signal,
  });
  return { code, stdout, stderr };
}

/** One line, and it is a JSON object. */
export function only(t: Test, { stdout }: Outcome, name: string): Record<string, unknown> {
  t.match(stdout, /^\{.*\}\n$/, `${name}: one line`);
  t.equal(stdout.split('\n').length, 2, name);
  return JSON.parse(stdout) as Record<string, unknown>;
}
