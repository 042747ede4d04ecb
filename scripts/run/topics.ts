import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { WorkbenchError } from '../lib/errors.ts';

const SUFFIX = '.test.ts';

/** Topics by name, sorted: selftests/NAME.test.ts. What tests the host stands beside its module, and is none. */
export function listTopics(root: string): string[] {
  return readdirSync(join(root, 'selftests')).filter((file) => file.endsWith(SUFFIX) && !file.endsWith(`.host${SUFFIX}`)).map((file) => file.slice(0, -SUFFIX.length)).sort();
}

/** All of them when none is named. A name may be a path, as a shell completes it. @throws E_USAGE for unknown ones */
export function selectTopics(known: readonly string[], wanted: readonly string[]): string[] {
  const names = wanted.map((name) => name.replace(/^.*\//, '').replace(/\.test\.ts$/, ''));
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new WorkbenchError('E_USAGE', `no topic ${unknown.join(', ')}; there are ${known.join(', ')}`, { next: 'npm test -- --help' });
  }
  return names.length === 0 ? [...known] : known.filter((name) => names.includes(name));
}
