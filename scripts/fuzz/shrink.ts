/** Smaller programs that may show the same. Pure. */
import { replaceInProgram, statements } from './deviate.ts';
import { blocksOf, type Program, type Stmt } from './program.ts';

/** Of so many statements, all pairs are tried. */
const PAIRS_UP_TO = 20;

function simpler(stmt: Stmt): readonly Stmt[] {
  switch (stmt.k) {
    case 'repeat':
    case 'iterate':
      return stmt.times > 1 ? [{ ...stmt, times: 1 }] : [];
    case 'advance':
      return 'arg' in stmt.by ? [{ ...stmt, by: { value: 1 } }] : [];
    case 'tail':
      return 'arg' in stmt.index ? [{ ...stmt, index: { value: 1 } }] : [];
    case 'store':
      return stmt.imm === undefined ? [{ ...stmt, imm: 1 }] : [];
    case 'reserve':
      return 'arg' in stmt.size ? [{ ...stmt, size: { value: 8 } }] : [];
    default:
      return [];
  }
}

/** The biggest steps first: a statement with all that is in it, then its inside in its place, then a simpler one. */
export function smaller(program: Program): Program[] {
  const all = Array.from({ length: statements(program) }, (_, at) => at);
  const one = (at: number): Stmt | undefined => {
    let found: Stmt | undefined;
    replaceInProgram(program, at, (stmt) => {
      found = stmt;
      return [stmt];
    });
    return found;
  };
  const without = all.map((at) => replaceInProgram(program, at, () => []));
  const opened = all.flatMap((at) => {
    const stmt = one(at);
    const blocks = stmt === undefined ? [] : blocksOf(stmt);
    return blocks.filter((block) => block.length > 0).map((block) => replaceInProgram(program, at, () => block));
  });
  const changed = all.flatMap((at) => {
    const stmt = one(at);
    return (stmt === undefined ? [] : simpler(stmt)).map((next) => replaceInProgram(program, at, () => [next]));
  });
  const fewer = program.subs.map((_, index) => ({ ...program, subs: program.subs.filter((_sub, at) => at !== index) }));
  // the two halves of a pair go together
  const pairs =
    all.length > PAIRS_UP_TO ? [] : all.flatMap((later) => all.slice(0, later).map((at) => [at, later] as const));
  const withoutPair = pairs.map(([at, later]) =>
    replaceInProgram(
      replaceInProgram(program, later, () => []),
      at,
      () => [],
    ),
  );
  return [...fewer, ...without, ...opened, ...withoutPair, ...changed];
}

/**
 * Goes to a smaller program as long as one shows the same. Candidates are asked about together, since a question
 * costs a batch.
 * @param shows the number of the first candidate that does
 */
export async function shrink(
  program: Program,
  shows: (candidates: readonly Program[]) => Promise<number | undefined>,
  rounds = 60,
): Promise<Program> {
  let smallest = program;
  for (let round = 0; round < rounds; round++) {
    const candidates = smaller(smallest);
    const found = candidates.length === 0 ? undefined : await shows(candidates);
    const next = found === undefined ? undefined : candidates[found];
    if (next === undefined) break;
    smallest = next;
  }
  return smallest;
}
