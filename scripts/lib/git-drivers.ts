/**
 * A repository's configuration names programs for the attributes of files. Those attributes are of the tree that is
 * checked out, the programs are a person's, and no option turns all of them off: each is set to nothing, by its name.
 * Pure.
 */
import type { Environment } from './environment.ts';

/** What git does itself for an attribute that names no driver. */
const TEXT_MERGE = 'git merge-file --quiet --marker-size=%L %A %O %B';

const NEUTRAL: readonly (readonly [key: RegExp, value: string])[] = [
  [/^filter\..*\.(?:clean|smudge|process)$/s, ''],
  [/^filter\..*\.required$/s, 'false'],
  [/^merge\..*\.driver$/s, TEXT_MERGE],
];

/** @param names keys of the configuration, as `git config --list --name-only` has them */
export function overriding(names: readonly string[]): Environment {
  const pairs = [...new Set(names)].flatMap((name) => {
    const value = NEUTRAL.find(([key]) => key.test(name))?.[1];
    return value === undefined ? [] : [[name, value] as const];
  });
  // a name may have an equals sign, which ends it on a command line
  const entries = pairs.flatMap(([name, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, name] as const,
    [`GIT_CONFIG_VALUE_${index}`, value] as const,
  ]);
  return pairs.length === 0 ? {} : { GIT_CONFIG_COUNT: String(pairs.length), ...Object.fromEntries(entries) };
}
