import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConsoleFile } from '../guest/console.ts';
import { WorkbenchError } from '../lib/errors.ts';
import { exec } from '../lib/exec.ts';
import type { Clock } from '../lib/given-time.ts';
import { readTap } from './tap-result.ts';
import type { TopicRecord } from '../records/selftest.ts';

export interface RunFile {
  readonly root: string;
  readonly topic: string;
  /** Relative to the root. */
  readonly file: string;
  readonly log: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** See ExecOptions. */
  readonly clock?: Clock;
  readonly onStart?: (pid: number) => void;
  readonly signal: AbortSignal;
  /** See ExecOptions. */
  readonly nice?: number;
  readonly onTest?: (name: string, ok: boolean) => void;
}

/** Runs one tap file as a process of its own and reads what it said. */
export async function runFile(spec: RunFile): Promise<TopicRecord> {
  writeFileSync(spec.log, '');
  const follow = new ConsoleFile(spec.log);
  follow.onLine((line) => {
    const [, not, name] = /^(not )?ok \d+ - (.*?)(?: # .*)?(?: \{)?$/.exec(line) ?? [];
    if (name !== undefined) spec.onTest?.(name, not === undefined);
  });
  try {
    const result = await exec([process.execPath, '--import', 'tsx', spec.file], {
      cwd: spec.root,
      log: spec.log,
      timeoutMs: spec.timeoutMs,
      signal: spec.signal,
      ...(spec.clock === undefined ? {} : { clock: spec.clock }),
      ...(spec.onStart === undefined ? {} : { onStart: spec.onStart }),
      ...(spec.nice === undefined ? {} : { nice: spec.nice }),
      // tap's own limit would end a file after 30 s; the budgets are ours
      env: { TAP_TIMEOUT: '0', TAP_DIAG: '1', FORCE_COLOR: '0', TAP: '1', ...spec.env },
    });
    if (result.aborted) throw new WorkbenchError('E_INTERRUPTED', `interrupted in ${spec.topic}`);
    const tests = readTap(readFileSync(spec.log, 'utf8'), result);
    return { topic: spec.topic, file: spec.file, log: spec.log, ms: Math.round(result.durationMs), tests };
  } finally {
    follow.close();
  }
}

export function logFor(dir: string, topic: string): string {
  return join(dir, `${topic}.tap`);
}
