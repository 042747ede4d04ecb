import { formatPosition, type WorkbenchError, type Problem } from './errors.ts';

/** Progress is typed entries; printing them is one consumer, tests are another. */
export type LogEntry = Entry & {
  /** The part of the run that it belongs to, see inPart(). */
  readonly part?: string;
};

export type Outcome = 'ok' | 'failed' | 'stopped';

type Entry =
  /** A part of the run that is shown as a line while it goes on. */
  | { readonly kind: 'begin'; readonly part: string; readonly expectedMs?: number }
  | { readonly kind: 'end'; readonly part: string; readonly outcome: Outcome }
  | { readonly kind: 'stage'; readonly stage: string; readonly text: string }
  | { readonly kind: 'command'; readonly text: string }
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'warn'; readonly text: string }
  | { readonly kind: 'done'; readonly text: string; readonly ms?: number }
  | ProgressEntry;

/** `total` 0 = unknown. `unit` is printed behind the numbers ("files", "MiB"). */
export interface ProgressEntry {
  readonly kind: 'progress';
  readonly what: string;
  readonly done: number;
  readonly total: number;
  readonly unit?: string;
  /** Estimated milliseconds left. */
  readonly leftMs?: number;
}

export type Log = (entry: LogEntry) => void;

export interface Sink {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

export function formatDuration(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

export function formatProgress(entry: ProgressEntry): string {
  const unit = entry.unit === undefined ? '' : ` ${entry.unit}`;
  const left = entry.leftMs === undefined ? '' : `, ${formatDuration(entry.leftMs)} left`;
  if (entry.total === 0) return `${entry.what}: ${entry.done}${unit}${left}`;
  const percent = Math.floor((100 * entry.done) / entry.total);
  return `${entry.what}: ${entry.done}/${entry.total}${unit} (${percent}%)${left}`;
}

export function formatEntry(entry: LogEntry): string {
  switch (entry.kind) {
    case 'begin':
      return `.. ${entry.part}`;
    case 'end':
      return `${entry.outcome} ${entry.part}`;
    case 'stage':
      return `== ${entry.stage}: ${entry.text}`;
    case 'command':
      return `$ ${entry.text}`;
    case 'note':
      return `   ${entry.text}`;
    case 'warn':
      return `warning: ${entry.text}`;
    case 'done':
      return entry.ms === undefined ? `   ${entry.text}` : `   ${entry.text} (${formatDuration(entry.ms)})`;
    case 'progress':
      return `   ${formatProgress(entry)}`;
  }
}

/** What has been drawn and will be drawn anew is taken away by `settle`, so that something else can be written. */
export type SinkLog = Log & { readonly settle: () => void };

/** For code that needs a log where there is no reader (tests, `--json` without progress). */
export const silentLog: Log = () => undefined;

export function formatProblem(problem: Problem): string {
  const where = problem.position === undefined ? '' : `${formatPosition(problem.position)}: `;
  const hint = problem.hint === undefined ? '' : `\n    hint: ${problem.hint}`;
  return `${where}${problem.code}: ${problem.message}${hint}`;
}

/** An error as a person reads it: code, position, message, what was found, the next command. */
export function formatError(error: WorkbenchError): string {
  const where = error.position === undefined ? '' : `${formatPosition(error.position)}: `;
  const lines = [`${where}${error.code}: ${error.message}`];
  for (const problem of error.problems) lines.push(`  ${formatProblem(problem)}`);
  if (error.detail !== undefined && error.detail !== '') lines.push(error.detail.trimEnd().replace(/^/gm, '  | '));
  lines.push(`next: ${error.next}`);
  return lines.join('\n');
}
