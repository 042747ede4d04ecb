import type { Guest } from './client.ts';
import type { Test } from './guest-test.ts';

export interface Verdict {
  readonly program: string;
  /** null: to be accepted. */
  readonly refused: { readonly code: string; readonly text: string } | null;
}

/** Programs loaded at a time: each holds maps of its own until the test ends. */
const BATCH = 16;

/** @throws Error when a tag is not what progs/expect.h makes */
export function parseVerdict(program: string, tag: string): Verdict {
  if (tag === 'accepted') return { program, refused: null };
  const [, code, text] = /^refused:(E[A-Z0-9]+):(.+)$/s.exec(tag) ?? [];
  if (code === undefined || text === undefined) throw new Error(`${program}: no verdict: ${tag}`);
  return { program, refused: { code, text } };
}

/** Loads each program of an object alone and compares what the verifier says with what the program says of itself. */
export async function verdicts(t: Test, guest: Guest, name: string): Promise<void> {
  const listed = await guest.exec([guest.facts.workload, 'verdicts', guest.progPath(name)]);
  if (listed.exitCode !== 0) throw new Error(`verdicts of ${name}: ${listed.stderr}`);
  const expected = (JSON.parse(listed.stdout) as [string, string][]).map(([program, tag]) =>
    parseVerdict(program, tag),
  );
  const { programs } = await guest.open(name);
  t.same(
    expected.map((v) => v.program).sort(),
    programs.map((p) => p.name).sort(),
    `each program of ${name} has a verdict`,
  );
  for (let from = 0; from < expected.length; from += BATCH) {
    const some = expected.slice(from, from + BATCH);
    const outcomes = await Promise.all(some.map((v) => guest.tryLoad(name, { only: [v.program] })));
    for (const [i, outcome] of outcomes.entries()) {
      const verdict = some[i];
      if (verdict === undefined) continue;
      const { program, refused } = verdict;
      const wanted = refused === null ? 'accepted' : `refused: ${refused.code}: ${refused.text}`;
      const right =
        refused === null
          ? outcome.ok
          : !outcome.ok && outcome.code === refused.code && outcome.log.includes(refused.text);
      if (right) t.pass(`${program} is ${wanted}`);
      else
        t.fail(
          `${program} is to be ${wanted}; it is ` +
            `${outcome.ok ? 'accepted' : `refused: ${outcome.code}:\n${tail(outcome.log)}`}`,
        );
    }
  }
}

function tail(log: string): string {
  return log.trimEnd().split('\n').slice(-8).join('\n');
}
