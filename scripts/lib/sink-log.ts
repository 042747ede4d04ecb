/** Where the log goes: to a terminal, or to a file and everything that is like one. */
import { createLiveLog } from './live.ts';
import { formatEntry, type Log, type Sink, type SinkLog } from './log.ts';

/** Progress is shown at most this often where nothing is redrawn. */
const PLAIN_INTERVAL_MS = 10_000;

/** A dumb terminal cannot redraw a line, and a CI system keeps every redrawing. */
export function isLive(sink: Pick<Sink, 'isTTY'>, { TERM, CI = '' }: NodeJS.ProcessEnv): boolean {
  return sink.isTTY === true && TERM !== 'dumb' && ['', '0', 'false'].includes(CI);
}

/** A log on `sink`: a line for each part of the run on a terminal, everything one below the other elsewhere. */
export function createLog(sink: Sink, now: () => number = Date.now, env = process.env): SinkLog {
  return isLive(sink, env) ? createLiveLog(sink, now) : createPlainLog(sink, now);
}

/** Progress is thinned out. */
function createPlainLog(sink: Sink, now: () => number): SinkLog {
  let lastAt = -Infinity;
  let lastWhat = '';
  const log: Log = (entry) => {
    if (entry.kind === 'begin' || entry.kind === 'end') return;
    if (entry.kind === 'progress') {
      const complete = entry.total > 0 && entry.done >= entry.total;
      const due = now() - lastAt >= PLAIN_INTERVAL_MS;
      if (!complete && !due && entry.what === lastWhat) return;
      lastAt = now();
      lastWhat = entry.what;
    }
    sink.write(`${formatEntry(entry)}\n`);
  };
  return Object.assign(log, { settle: () => undefined });
}
