/** Decides which fragments make a named configuration. Pure: the files were read by somebody else. */
import type { Fragment } from './fragment.ts';

export interface Layering {
  /** Lowest first. */
  readonly fragments: readonly Fragment[];
  /** Conditional fragments that were left out, each with what to say about it. */
  readonly left: readonly { readonly name: string; readonly why: string }[];
}

export type LayerProblem =
  | { readonly code: 'unknown-config'; readonly name: string; readonly known: readonly string[] }
  | { readonly code: 'conditional-config'; readonly name: string; readonly known: readonly string[] }
  | { readonly code: 'layer-cycle'; readonly name: string; readonly chain: readonly string[] };

/** Names a person may ask for with --config: fragments without a `when:`. */
export function configNames(fragments: ReadonlyMap<string, Fragment>): string[] {
  return [...fragments].filter(([, f]) => f.when === undefined).map(([name]) => name).sort();
}

/**
 * @param fragments by name (file name without `.config`)
 * @param defines   whether the kernel tree has a symbol of that name
 */
export function layersFor(
  name: string,
  fragments: ReadonlyMap<string, Fragment>,
  defines: (symbol: string) => boolean,
): Layering | LayerProblem {
  const known = configNames(fragments);
  const chain: string[] = [];
  const stack: Fragment[] = [];
  for (let next: string | undefined = name; next !== undefined; ) {
    if (chain.includes(next)) return { code: 'layer-cycle', name, chain: [...chain, next] };
    chain.push(next);
    const fragment = fragments.get(next);
    if (fragment === undefined) return { code: 'unknown-config', name: next, known };
    if (fragment.when !== undefined) return { code: 'conditional-config', name: next, known };
    stack.unshift(fragment);
    next = fragment.on;
  }
  const left: { name: string; why: string }[] = [];
  for (const [other, fragment] of [...fragments].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (fragment.when === undefined) continue;
    if (defines(fragment.when)) stack.push(fragment);
    else left.push({ name: other, why: `this tree does not define CONFIG_${fragment.when}` });
  }
  return { fragments: stack, left };
}
