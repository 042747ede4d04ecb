import { join } from 'node:path';
import type { Test } from 'tap';
import { applyRecord, writeRun } from './records.ts';

/** A project whose series of two patches is applied, as far as the records say. One of two topics has a long form. */
export function applied(t: Test): string {
  const root = t.testdir({
    w: {},
    selftests: { bench: {}, 'order.test.ts': 'const seconds = soak ? 600 : 20;\n', 'smoke.test.ts': '' },
    'package.json': '{"scripts": {"test": ""}}',
  });
  writeRun(root, '20260101T000000-apply-1', { apply: applyRecord(join(root, 'w')) });
  return root;
}
