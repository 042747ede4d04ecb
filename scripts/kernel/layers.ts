/** Decides which fragments make a named configuration. */
import { WorkbenchError } from '../lib/errors.ts';
import type { Fragment } from './fragment.ts';

interface Layering {
  /** Lowest first. */
  readonly fragments: readonly Fragment[];
  /** Conditional fragments that were left out, each with what to say about it. */
  readonly left: readonly { readonly name: string; readonly why: string }[];
}

/**
 * A fragment with a `when:` is on top of all, or directly on that of its `on:`: a higher layer can still change it.
 *
 * @param fragments by name (file name without `.config`); those without a `when:` may be asked for
 * @param defines   whether the kernel tree has a symbol of that name
 * @throws E_CONFIG
 */
export async function layersFor(
  name: string,
  fragments: ReadonlyMap<string, Fragment>,
  defines: (symbol: string) => Promise<boolean>,
): Promise<Layering> {
  const stack = chainOf(name, fragments);
  const left: { name: string; why: string }[] = [];
  for (const [other, fragment] of [...fragments].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const { when, on } = fragment;
    if (when === undefined) continue;
    const layer = on === undefined ? stack.at(-1) : fragments.get(on);
    const below = layer === undefined ? -1 : stack.indexOf(layer);
    if (below < 0) continue;
    if (await defines(when)) stack.splice(below + 1, 0, fragment);
    else left.push({ name: other, why: `this tree does not define CONFIG_${when}` });
  }
  return { fragments: stack, left };
}

/** Those that everything is tested with, sorted: a conditional fragment is none, and one for a command is its own. */
export function namedConfigs(fragments: ReadonlyMap<string, Fragment>): string[] {
  return [...fragments]
    .filter(([, { when, command }]) => when === undefined && command === undefined)
    .map(([name]) => name)
    .sort();
}

/** The fragment of that name, above what it is layered on. */
function chainOf(name: string, fragments: ReadonlyMap<string, Fragment>): Fragment[] {
  const next = 'npm run config -- --help';
  const refuse = (what: string): WorkbenchError => new WorkbenchError('E_CONFIG', what, { next });
  const known = namedConfigs(fragments);
  const chain = new Map<string, Fragment>();
  for (let layer: string | undefined = name; layer !== undefined; ) {
    if (chain.has(layer)) throw refuse(`layer-cycle ${name}: ${[...chain.keys(), layer].join(' -> ')}`);
    const fragment = fragments.get(layer);
    if (fragment === undefined) throw refuse(`unknown-config ${layer}; known: ${known.join(', ')}`);
    if (fragment.when !== undefined) throw refuse(`conditional-config ${layer}; known: ${known.join(', ')}`);
    chain.set(layer, fragment);
    layer = fragment.on;
  }
  return [...chain.values()].reverse();
}
