/**
 * Runs unit test files one after the other in one process: loading tap and the TypeScript loader takes longer
 * than most files do, so a process a file would spend nine tenths of its time on starting.
 * The files share tap's root test; a marker test after each file tells where it ends.
 */
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { failedTest, type Failure, type FileRecord, type TestRecord } from '../records/selftest.ts';

type Parser = typeof t.parser;
const MARKER = 'workbench: end of file';

const FLUSH = 'workbench: flush';

let tests: TestRecord[] = [];
let failures: Failure[] = [];
let onMarker: (() => void) | undefined;

function detailOf(diag: unknown): string {
  if (typeof diag !== 'object' || diag === null) return '';
  const { diff, stack, at, error } = diag as Record<string, unknown>;
  const isPlace = typeof at === 'object' && at !== null && 'lineNumber' in at && 'fileName' in at;
  const place = isPlace ? `${String(at.fileName)}:${String(at.lineNumber)}` : '';
  return [place, diff, error, stack].filter((part) => typeof part === 'string' && part !== '').join('\n');
}

/** Failing assertions at any depth: an inner failure must not hide behind an outer name. */
function watch(parser: Parser): void {
  parser.on('child', watch);
  parser.on('assert', (result) => {
    if (!result.ok && result.todo === false && result.skip === false && result.name !== '') {
      const message = result.fullname === '' ? result.name : `${result.fullname} > ${result.name}`;
      failures.push({ message, detail: detailOf(result.diag) });
    }
  });
}

watch(t.parser);
t.parser.on('assert', (result) => {
  if (result.name === MARKER) {
    onMarker?.();
    return;
  }
  if (result.name === FLUSH) return;
  const own = failures;
  failures = [];
  const { name } = result;
  const ms = Math.round(result.time ?? 0);
  const skipped = result.skip !== false;
  const reason = typeof result.skip === 'string' ? result.skip : '';
  const unreasoned = skipped && reason === '' ? 'skipped without a reason' : '';
  const unfinished = result.todo !== false ? 'marked as unfinished' : unreasoned;
  if (unfinished !== '') tests.push(failedTest(name, [{ message: name, detail: unfinished }], ms));
  else if (!result.ok) tests.push(failedTest(name, own, ms));
  else if (skipped) tests.push({ name, status: 'skipped', reason, ms, assertions: 0, failures: [] });
  else tests.push({ name, status: 'passed', reason: '', ms, assertions: 1, failures: [] });
});

// tap ends the run after a teardown of the root test; here the root outlives many files, so each file's run at its end
let teardowns: (() => unknown)[] = [];
t.teardown = (handler: () => unknown): void => {
  teardowns.push(handler);
};

// a file's own limit, meant for a run of this file alone, would be one for everything that the root has still to run
t.setTimeout = (): void => undefined;

async function runFile(file: string): Promise<FileRecord> {
  const started = performance.now();
  tests = [];
  failures = [];
  // tap names fixture directories after the main script: two workers must not share them
  process.argv[1] = file;
  const ended = new Promise<void>((resolve) => {
    onMarker = resolve;
  });
  try {
    await import(pathToFileURL(file).href);
  } catch (error: unknown) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    t.fail(`${file} cannot be loaded`, { error: text });
  }
  void t.test(MARKER, async (inner) => {
    inner.pass();
  });
  // the parser holds a result back until the next one begins
  t.pass(FLUSH);
  await ended;
  for (const handler of teardowns.reverse()) await handler();
  teardowns = [];
  return { file, tests, ms: Math.round(performance.now() - started) };
}

process.on('message', (file) => {
  if (typeof file !== 'string') return;
  void runFile(file).then((result) => process.send?.(result));
});
// tap takes the channel for its own and lets it no longer keep the process alive
setInterval(() => undefined, 60_000);
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
