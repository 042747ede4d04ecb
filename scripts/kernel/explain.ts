/** Says why a requested symbol did not survive `olddefconfig`, from the tree's own Kconfig files. */
import { symbolValue, type DotConfig, type Dropped } from './dotconfig.ts';
import { evaluate, macrosIn, printExpr, symbolsIn, unmetParts } from './expr.ts';
import type { Condition, Definition, SymbolTable } from './symbols.ts';

const RANK: Record<string, number> = { n: 0, m: 1, y: 2 };
/** How far a chain "A needs B, B needs C" is followed; beyond it the reader has forgotten A. */
const DEPTH = 3;

/** Distance in single-character edits, given up beyond `limit`. */
export function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? limit + 1;
}

function similar(name: string, table: SymbolTable): string[] {
  const limit = name.length > 8 ? 3 : 2;
  return [...table.definitions.keys()]
    .map((other) => ({ other, distance: editDistance(name, other, limit) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ other }) => `CONFIG_${other}`);
}

function unmetLines(condition: Condition, config: DotConfig, wanted: number): { text: string; symbols: string[] }[] {
  return unmetParts(condition.expr, (s) => symbolValue(config, s), wanted).map((part) => {
    const symbols = symbolsIn(part);
    const values = symbols.map((s) => `${s} is ${symbolValue(config, s)}`).join(', ');
    return {
      text: `${printExpr(part)} (${condition.file}:${condition.line})${values === '' ? '' : `: ${values}`}`,
      symbols: part.kind === 'symbol' ? symbols : [],
    };
  });
}

/** Unmet dependencies of one definition, followed into the symbols they name. */
function needs(definition: Definition, config: DotConfig, table: SymbolTable, wanted: number, depth: number): string[] {
  return definition.depends.flatMap((condition) =>
    unmetLines(condition, config, wanted).flatMap(({ text, symbols }) => {
      const inner =
        depth < DEPTH
          ? symbols.flatMap((s) =>
              (table.definitions.get(s) ?? []).flatMap((d) => needs(d, config, table, 2, depth + 1)),
            )
          : [];
      return [`depends on ${text}`, ...inner.map((line) => `  ${line}`)];
    }),
  );
}

function choiceWinner(definition: Definition, config: DotConfig, table: SymbolTable): string | undefined {
  const members = definition.choice === undefined ? [] : (table.choices.get(definition.choice) ?? []);
  return members.find((member) => symbolValue(config, member) === 'y');
}

function setters(symbol: string, config: DotConfig, table: SymbolTable): string[] {
  return (table.selectors.get(symbol) ?? [])
    .filter(({ by }) => symbolValue(config, by) !== 'n')
    .map(({ by, file, line }) => `selected by ${by} (${file}:${line})`);
}

function explainDefinition(drop: Dropped, definition: Definition, config: DotConfig, table: SymbolTable): string[] {
  const { symbol, value } = drop.request;
  const wanted = RANK[value];
  if (wanted === undefined || (RANK[drop.actual] ?? 0) < wanted) {
    const unmet = needs(definition, config, table, wanted ?? 2, 1);
    if (unmet.length > 0) return unmet;
  }
  const lookup = (s: string): string => symbolValue(config, s);
  const where = `${definition.file}:${definition.line}`;
  const winner = choiceWinner(definition, config, table);
  if (winner !== undefined && winner !== symbol) return [`the choice at ${definition.choice} went to ${winner}`];
  if (wanted !== undefined && (RANK[drop.actual] ?? 0) > wanted) {
    const by = setters(symbol, config, table);
    if (by.length > 0) return by;
    if (winner === symbol) return [`the choice at ${definition.choice} has no other member that can be set`];
  }
  if (definition.prompts.length === 0) return [`has no prompt (${where}): only a default or a select sets it`];
  const hidden = definition.prompts.every((prompt) => prompt.some((c) => evaluate(c.expr, lookup) === 0));
  if (hidden) {
    return definition.prompts.flatMap((prompt) =>
      prompt.flatMap((c) => unmetLines(c, config, 1).map(({ text }) => `cannot be set by hand unless ${text}`)),
    );
  }
  const macros = definition.depends.flatMap((c) => macrosIn(c.expr));
  if (macros.length > 0) return [`depends on what the tools can do: ${macros.join(', ')}`];
  return [`no unmet dependency found at ${where}; the value does not fit its type or range`];
}

/** One or more lines, most telling first; never empty. */
export function explainDropped(drop: Dropped, config: DotConfig, table: SymbolTable): string[] {
  const { symbol } = drop.request;
  const definitions = table.definitions.get(symbol) ?? [];
  if (definitions.length === 0) {
    const near = similar(symbol, table);
    return [`no Kconfig file of this tree defines it${near.length > 0 ? `; near: ${near.join(', ')}` : ''}`];
  }
  return [...new Set(definitions.flatMap((definition) => explainDefinition(drop, definition, config, table)))];
}
