import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { silentLog, type LogEntry } from '../lib/log.ts';
import { formatBusy, repeat } from './busy.ts';

t.test("a command again and again: each run's end and last words, in a table", async (t) => {
  const dir = t.testdir({});
  const said: LogEntry[] = [];
  const script =
    `echo run >> ${dir}/runs; echo noise; echo "$(wc -l < ${dir}/runs) passed"; ` +
    `test "$(wc -l < ${dir}/runs)" -lt 2`;
  const runs = await repeat(['bash', '-c', script], 2, dir, (entry) => said.push(entry), new AbortController().signal);
  t.match(runs, [
    { code: 0, verdict: '1 passed' },
    { code: 1, verdict: '2 passed' },
  ]);
  t.match(readFileSync(join(dir, 'run-1.log'), 'utf8'), /^noise\n/);
  t.match(said, [
    { kind: 'command', text: /# 1 of 2/ },
    { kind: 'command', text: /# 2 of 2/ },
  ]);
  t.equal(
    formatBusy([
      { code: 0, ms: 61_400, load: 12.34, verdict: '530 passed, 0 failed' },
      { code: null, ms: 1_000, load: 1, verdict: '' },
    ]),
    [
      'run  exit    seconds   load  last line',
      '1    0            61   12.3  530 passed, 0 failed',
      '2    killed        1    1.0  ',
    ].join('\n'),
  );
});

t.test('a run that is stopped begins no other', async (t) => {
  t.strictSame(await repeat(['true'], 3, t.testdir({}), silentLog, AbortSignal.abort()), []);
});
