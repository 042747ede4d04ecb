import t from 'tap';
import { isLive, createLog } from './sink-log.ts';
import type { LogEntry } from './log.ts';
import { WorkbenchError } from './errors.ts';
import { inPart } from './stage.ts';

/** A terminal, as far as it is used: what a person has in front of them. */
class Screen {
  readonly isTTY = true;
  lines = [''];
  #row = 0;
  #column = 0;

  constructor(readonly columns = 60) {}

  write(text: string): void {
    for (const [token, up] of text.matchAll(/\x1b\[(\d+)A|\x1b\[J|[\s\S]/g)) {
      if (up !== undefined) this.#row -= Number(up);
      else if (token === '\x1b[J') {
        this.lines.length = this.#row + 1;
        this.lines[this.#row] = (this.lines[this.#row] ?? '').slice(0, this.#column);
      } else if (token === '\r') this.#column = 0;
      else if (token === '\n') {
        [this.#row, this.#column] = [this.#row + 1, 0];
        this.lines[this.#row] ??= '';
      } else this.#put(token);
    }
  }

  #put(character: string): void {
    const line = (this.lines[this.#row] ?? '').padEnd(this.#column);
    this.lines[this.#row] = line.slice(0, this.#column) + character + line.slice(this.#column + 1);
    this.#column += 1;
    if (this.columns > 0 && this.#column > this.columns)
      throw new Error(`wider than the screen: ${this.lines[this.#row]}`);
  }
}

/** A log on such a screen, and a clock that is set by hand. */
function terminal(columns?: number): { screen: Screen; log: ReturnType<typeof createLog>; at: (ms: number) => void } {
  const screen = new Screen(columns);
  let now = 0;
  return { screen, log: createLog(screen, () => now, {}), at: (ms) => void (now = ms) };
}

t.test('parts that go on have a line each, at the bottom', async (t) => {
  const { screen, log, at } = terminal();
  log({ kind: 'begin', part: 'unit tests', expectedMs: 20_000 });
  log({ kind: 'begin', part: 'config default' });
  at(5_000);
  log({ kind: 'stage', part: 'config default', stage: 'config', text: 'default: a + b' });
  t.strictSame(screen.lines, ['.. unit tests (5.0 s, 15 s left)', '.. config default: default: a + b (5.0 s)']);
  log({ kind: 'warn', part: 'unit tests', text: 'a.test.ts: no' });
  at(6_000);
  log({ kind: 'progress', part: 'unit tests', what: 'unit tests', done: 1, total: 4, unit: 'files' });
  t.strictSame(screen.lines, [
    'warning: a.test.ts: no',
    '.. unit tests: 1/4 files (25%) (6.0 s, 14 s left)',
    '.. config default: default: a + b (6.0 s)',
  ]);
  log({ kind: 'done', part: 'config default', text: '154 symbols', ms: 6_000 });
  log({ kind: 'end', part: 'config default', outcome: 'ok' });
  log({ kind: 'end', part: 'unit tests', outcome: 'failed' });
  log({ kind: 'note', text: '/out/report.html' });
  t.strictSame(screen.lines, [
    'warning: a.test.ts: no',
    'ok config default: 154 symbols (6.0 s)',
    'failed unit tests (6.0 s)',
    '   /out/report.html',
    '',
  ]);
});

t.test('the time left, a row each', async (t) => {
  const rows: [name: string, expectedMs: number | undefined, leftMs: number | undefined, shown: string][] = [
    ['from earlier runs', 70_000, undefined, '.. x: m: 1 (10 s, 1 min 00 s left)'],
    ['by what the part knows itself', 70_000, 30_000, '.. x: m: 1 (10 s, 30 s left)'],
    ['there is no earlier run', undefined, undefined, '.. x: m: 1 (10 s)'],
    ['it takes longer than ever', 9_000, undefined, '.. x: m: 1 (10 s)'],
  ];
  for (const [name, expectedMs, leftMs, shown] of rows) {
    const { screen, log, at } = terminal();
    log({ kind: 'begin', part: 'x', ...(expectedMs === undefined ? {} : { expectedMs }) });
    at(10_000);
    log({ kind: 'progress', part: 'x', what: 'm', done: 1, total: 0, ...(leftMs === undefined ? {} : { leftMs }) });
    t.strictSame(screen.lines, [shown], name);
    log({ kind: 'end', part: 'x', outcome: 'ok' });
  }
});

t.test('a line that is too long loses its middle, and no line wraps', async (t) => {
  const { screen, log, at } = terminal();
  log({ kind: 'begin', part: 'build', expectedMs: 90_000 });
  at(1_000);
  log({ kind: 'command', part: 'build', text: `make ${'x'.repeat(100)}\nmore` });
  t.equal(screen.lines.length, 1);
  t.match(screen.lines[0], /^\.\. build: make x+ \(1\.0 s, 1 min 29 s left\)$/);
  t.equal(screen.lines[0]?.length, 59);
  log({ kind: 'end', part: 'build', outcome: 'stopped' });
  t.strictSame(screen.lines, ['stopped build (1.0 s)', '']);
});

t.test('a terminal that does not know its size', async (t) => {
  const { screen, log } = terminal(0);
  log({ kind: 'begin', part: 'build' });
  t.strictSame(screen.lines, ['.. build (0.0 s)']);
  log({ kind: 'end', part: 'build', outcome: 'ok' });
});

t.test('what is written in between finds an empty line', async (t) => {
  const { screen, log } = terminal();
  log({ kind: 'begin', part: 'a' });
  log({ kind: 'begin', part: 'b' });
  log.settle();
  screen.write('result\n');
  log({ kind: 'end', part: 'a', outcome: 'ok' });
  t.strictSame(screen.lines, ['result', 'ok a (0.0 s)', '.. b (0.0 s)']);
  log({ kind: 'end', part: 'b', outcome: 'ok' });
});

t.test('outside of a part everything is as it is elsewhere, but for progress, which is redrawn', async (t) => {
  const { screen, log, at } = terminal();
  log({ kind: 'stage', stage: 'base', text: 'fetching' });
  log({ kind: 'progress', what: 'x', done: 1, total: 3 });
  at(200);
  log({ kind: 'progress', what: 'x', done: 2, total: 3 });
  t.strictSame(screen.lines, ['== base: fetching', '   x: 2/3 (66%)']);
  log({ kind: 'command', text: 'make' });
  t.strictSame(screen.lines, ['== base: fetching', '$ make', '']);
});

t.test('where it is no terminal, parts are not seen', async (t) => {
  const entries: LogEntry[] = [
    { kind: 'begin', part: 'x', expectedMs: 5 },
    { kind: 'stage', part: 'x', stage: 's', text: 'begins' },
    { kind: 'command', part: 'x', text: 'make' },
    { kind: 'done', part: 'x', text: 'done', ms: 1_000 },
    { kind: 'end', part: 'x', outcome: 'ok' },
  ];
  const print = (isTTY: boolean, env: NodeJS.ProcessEnv): string => {
    let text = '';
    const log = createLog({ isTTY, write: (part) => void (text += part) }, () => 0, env);
    for (const entry of entries) log(entry);
    return text;
  };
  const plain = '== s: begins\n$ make\n   done (1.0 s)\n';
  t.equal(print(false, {}), plain);
  t.equal(print(true, { TERM: 'dumb' }), plain);
  t.equal(print(true, { CI: 'true' }), plain);
  t.not(print(true, { TERM: 'xterm', CI: 'false' }), plain);
  t.equal(isLive({}, {}), false);
});

t.test('a part ends as its work does', async (t) => {
  const entries: LogEntry[] = [];
  const abort = new AbortController();
  const ctx = { log: (entry: LogEntry): void => void entries.push(entry), signal: abort.signal };
  const say = async ({ log }: typeof ctx): Promise<number> => {
    log({ kind: 'note', text: 'hello' });
    return 7;
  };
  t.equal(await inPart(ctx, 'a', say, { expectedMs: 3 }), 7);
  t.strictSame(entries.splice(0), [
    { kind: 'begin', part: 'a', expectedMs: 3 },
    { part: 'a', kind: 'note', text: 'hello' },
    { kind: 'end', part: 'a', outcome: 'ok' },
  ]);
  await inPart(ctx, 'b', say, { failed: (value) => value === 7 });
  t.match(entries.splice(0).at(-1), { part: 'b', outcome: 'failed' });
  const wrong = new WorkbenchError('E_BUILD', 'no');
  await t.rejects(
    inPart(ctx, 'c', () => Promise.reject(wrong)),
    wrong,
  );
  t.match(entries.splice(0).at(-1), { part: 'c', outcome: 'failed' });
  abort.abort();
  await inPart(ctx, 'd', say);
  t.match(entries.splice(0).at(-1), { part: 'd', outcome: 'stopped' });
  await inPart({ ...ctx, dryRun: true }, 'e', say);
  t.strictSame(entries, [{ kind: 'note', text: 'hello' }], 'a dry run has no parts');
});
