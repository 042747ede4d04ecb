import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Topics ask for it in one of two ways: `facts.length`, or the constant of selftests/lib/native.ts. */
const ASKS = /\bsoak\b/;

/** Topics that have a long form; the others would only be run again as they are. */
export function longTopics(root: string, topics: readonly string[]): string[] {
  return topics.filter((topic) => ASKS.test(readFileSync(join(root, 'selftests', `${topic}.test.ts`), 'utf8')));
}
