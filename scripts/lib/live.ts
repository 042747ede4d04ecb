/**
 * The log on a terminal: a line at the bottom for each part of the run that goes on, with its time and the time left;
 * above it what stays. Own code, because parts begin and end from several places at once: a library of task lists wants
 * to start them itself, and is larger than this. The cursor is never hidden, so that no end leaves it hidden.
 */
import {
  formatDuration,
  formatEntry,
  formatProgress,
  type Log,
  type LogEntry,
  type Sink,
  type SinkLog,
} from './log.ts';

const REDRAW_MS = 100;
const TICK_MS = 1_000;
const COLUMNS = 80;

interface Line {
  readonly part: string;
  readonly startedAt: number;
  readonly expectedMs: number | undefined;
  text: string;
  /** By what the part itself knows, which is better than how long it took before. */
  leftMs: number | undefined;
  /** Since when it was known. */
  leftAt: number;
}

const firstLine = (text: string): string => text.split('\n')[0] ?? '';

/** Undefined when it is not known, or was wrong. */
function leftOf({ startedAt, expectedMs, leftMs, leftAt }: Line, now: number): number | undefined {
  const left =
    leftMs !== undefined ? leftMs - (now - leftAt) : expectedMs === undefined ? 0 : expectedMs - (now - startedAt);
  return left > 0 ? left : undefined;
}

/** The middle is cut where there is no room, and the time is not. */
function formatLine(line: Line, now: number, columns: number): string {
  const left = leftOf(line, now);
  const times = [formatDuration(now - line.startedAt), ...(left === undefined ? [] : [`${formatDuration(left)} left`])];
  const time = ` (${times.join(', ')})`;
  const text = line.text === '' ? '' : `: ${line.text}`;
  return `${`.. ${line.part}${text}`.slice(0, Math.max(0, columns - time.length))}${time}`.slice(0, columns);
}

function formatEnd(
  { part, text, startedAt }: Line,
  { outcome }: Extract<LogEntry, { kind: 'end' }>,
  now: number,
): string {
  return `${outcome} ${part}${outcome === 'ok' && text !== '' ? `: ${text}` : ''} (${formatDuration(now - startedAt)})`;
}

/** What a line says of the latest entry. */
function textOf(entry: LogEntry): string | undefined {
  if (entry.kind === 'progress') {
    const { leftMs: _, ...rest } = entry;
    return formatProgress(rest);
  }
  if (entry.kind === 'stage' || entry.kind === 'done' || entry.kind === 'command') return firstLine(entry.text);
  return undefined;
}

export function createLiveLog(sink: Sink, now: () => number): SinkLog {
  const lines = new Map<string, Line>();
  /** Progress outside of any part. */
  let loose: LogEntry | undefined;
  let drawn = 0;
  let drawnAt = -Infinity;
  let timer: NodeJS.Timeout | undefined;

  const settle = (): void => {
    if (drawn > 0) sink.write(`${drawn > 1 ? `\x1b[${drawn - 1}A` : ''}\r\x1b[J`);
    drawn = 0;
  };
  const draw = (): void => {
    // a terminal that was never told its size has 0; the last column stays free, since some wrap as soon as it is used
    const columns = (sink.columns || COLUMNS) - 1;
    const texts = [...lines.values()].map((line) => formatLine(line, now(), columns));
    if (loose !== undefined) texts.push(formatEntry(loose).slice(0, columns));
    settle();
    if (texts.length > 0) sink.write(texts.join('\n'));
    drawn = texts.length;
    drawnAt = now();
    if (lines.size > 0) timer ??= setInterval(draw, TICK_MS).unref();
    else timer = void clearInterval(timer);
  };
  const keep = (text: string): void => {
    settle();
    sink.write(`${text}\n`);
    draw();
  };
  const update = (line: Line, entry: LogEntry): void => {
    const text = textOf(entry) ?? line.text;
    line.text = text.startsWith(`${line.part}: `) ? text.slice(line.part.length + 2) : text;
    line.leftMs = entry.kind === 'progress' ? entry.leftMs : undefined;
    line.leftAt = now();
    if (now() - drawnAt >= REDRAW_MS) draw();
  };
  const log: Log = (entry) => {
    if (entry.kind === 'begin') {
      const { part, expectedMs } = entry;
      lines.set(part, { part, startedAt: now(), expectedMs, text: '', leftMs: undefined, leftAt: 0 });
      draw();
      return;
    }
    const line = lines.get(entry.part ?? '');
    if (entry.kind === 'end') {
      lines.delete(entry.part);
      if (line !== undefined) keep(formatEnd(line, entry, now()));
    } else if (line !== undefined && textOf(entry) !== undefined) {
      update(line, entry);
    } else if (entry.kind === 'progress') {
      const complete = entry.total > 0 && entry.done >= entry.total;
      loose = complete ? undefined : entry;
      if (complete) keep(formatEntry(entry));
      else if (now() - drawnAt >= REDRAW_MS) draw();
    } else {
      loose = undefined;
      keep(formatEntry(entry));
    }
  };
  return Object.assign(log, { settle });
}
