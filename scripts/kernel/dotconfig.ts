/** Reads a final `.config` and compares it with what was requested, in both directions. */
import type { Request } from './fragment.ts';

export type DotConfig = ReadonlyMap<string, string>;

export interface Dropped {
  readonly request: Request;
  /** Value in the final configuration; `n` when the symbol is not set or unknown. */
  readonly actual: string;
}

/** Symbols by name without `CONFIG_`. "is not set" and absence are the same: look up with `symbolValue`. */
export function parseDotConfig(text: string): DotConfig {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^CONFIG_([A-Za-z0-9_]+)=(.*)$/.exec(line.trimEnd());
    if (match) values.set(match[1] ?? '', match[2] ?? '');
  }
  return values;
}

export function unquote(value: string): string {
  return value.replace(/^"(.*)"$/, '$1');
}

export function symbolValue(config: DotConfig, symbol: string): string {
  return config.get(symbol) ?? 'n';
}

/** Every request that the final configuration does not honour, in request order. */
export function dropped(requests: readonly Request[], config: DotConfig): Dropped[] {
  return requests
    .map((request) => ({ request, actual: symbolValue(config, request.symbol) }))
    .filter(({ request, actual }) => actual !== request.value);
}
