import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WorkbenchError } from '../lib/errors.ts';

const SUFFIX = '.test.ts';
/** Topics ask for length in one of two ways: `facts.length`, or the constant of selftests/lib/native.ts. */
const ASKS_FOR_LENGTH = /\bsoak\b/;

/** Topics by name, sorted: selftests/NAME.test.ts. A test of the host stands next to its module and is no topic. */
export function listTopics(root: string): string[] {
  return readdirSync(join(root, 'selftests'))
    .filter((file) => file.endsWith(SUFFIX) && !file.endsWith(`.host${SUFFIX}`))
    .map((file) => file.slice(0, -SUFFIX.length))
    .sort();
}

/** Topics that have a long form; the others would only be run again as they are. */
export function longTopics(root: string): string[] {
  const textOf = (topic: string): string => readFileSync(join(root, 'selftests', topic + SUFFIX), 'utf8');
  return listTopics(root).filter((topic) => ASKS_FOR_LENGTH.test(textOf(topic)));
}

/** All of them when none is named. A name may be a path, as a shell completes it. @throws E_USAGE for unknown ones */
export function selectTopics(known: readonly string[], wanted: readonly string[]): string[] {
  const names = wanted.map((name) => name.replace(/^.*\//, '').replace(/\.test\.ts$/, ''));
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    const message = `no topic ${unknown.join(', ')}; there are ${known.join(', ')}`;
    throw new WorkbenchError('E_USAGE', message, { next: 'npm test -- --help' });
  }
  return names.length === 0 ? [...known] : known.filter((name) => names.includes(name));
}
