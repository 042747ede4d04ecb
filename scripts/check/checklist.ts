/** CHECKLIST.md as claims with evidence. Pure: the caller says what exists. */
import type { Problem } from '../lib/errors.ts';

export interface Claim {
  readonly line: number;
  readonly text: string;
  readonly done: boolean;
  /** What stands in backquotes behind "evidence:": paths of the repository, or `npm ...` commands. */
  readonly evidence: readonly string[];
}

const ITEM = /^\s*[-*] \[([ xX])\] (.*)$/;

/** Items may go on in indented lines. */
export function parseChecklist(text: string): Claim[] {
  const lines = text.split('\n');
  return lines.flatMap((first, index) => {
    const item = ITEM.exec(first);
    if (!item) return [];
    let whole = item[2] ?? '';
    for (let next = index + 1; /^\s{2,}\S/.test(lines[next] ?? '') && !ITEM.test(lines[next] ?? ''); next += 1)
      whole += ` ${(lines[next] ?? '').trim()}`;
    const at = whole.search(/evidence:/i);
    const evidence = at === -1 ? [] : [...whole.slice(at).matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
    return [{ line: index + 1, text: whole, done: item[1] !== ' ', evidence }];
  });
}

export interface Known {
  readonly exists: (path: string) => boolean;
  /** Scripts of package.json. */
  readonly commands: ReadonlySet<string>;
}

/** A path may name a place in the file (`a.c:12`, `a.test.ts: name of the test`). */
function evidenceProblem(evidence: string, known: Known): string | undefined {
  const npm = /^npm (?:run (?:-s |--silent )?)?([\w:-]+)/.exec(evidence);
  if (npm) return known.commands.has(npm[1] ?? '') ? undefined : `there is no command ${evidence}`;
  const path = evidence.replace(/:.*$/s, '').trim();
  return known.exists(path) ? undefined : `there is no ${path}`;
}

export function checkClaims(file: string, claims: readonly Claim[], known: Known): Problem[] {
  if (claims.length === 0)
    return [{ code: 'no-claims', message: 'the checklist claims nothing', position: { file, line: 1 } }];
  return claims.flatMap((claim): Problem[] => {
    const position = { file, line: claim.line };
    if (!claim.done)
      return /\breason:/i.test(claim.text)
        ? []
        : [{ code: 'open', message: 'an open item says why (reason: ...)', position }];
    if (claim.evidence.length === 0)
      return [{ code: 'no-evidence', message: 'a claim without evidence: `...`', position }];
    return claim.evidence.flatMap((evidence) => {
      const message = evidenceProblem(evidence, known);
      return message === undefined ? [] : [{ code: 'evidence-missing', message, position }];
    });
  });
}
