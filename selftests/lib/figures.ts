import type { Test } from '../../scripts/guest/guest-test.ts';

const MARK = 'figures: ';

/** One line of numbers, for people who read the topic's log; `npm run soak` puts it into selftests/SOAK.md. */
export function figures(t: Test, text: string): void {
  t.comment(`${MARK}${text.replace(/\s+/g, ' ')}`);
}

/** The figures of each test of a topic, by the test's name. */
export function figuresIn(tap: string): Map<string, string> {
  const found = new Map<string, string>();
  let test = '';
  for (const line of tap.split('\n')) {
    const [, name] = /^# Subtest: (.*)$/.exec(line) ?? [];
    if (name !== undefined) test = name;
    const [, text] = new RegExp(`^ {4}# ${MARK}(.*)$`).exec(line) ?? [];
    if (text !== undefined) found.set(test, [...(found.has(test) ? [found.get(test)] : []), text].join('; '));
  }
  return found;
}
