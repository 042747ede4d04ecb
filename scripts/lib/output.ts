/**
 * What a command says on standard output: text for a person, or with --json exactly one record, whatever the command
 * prints.
 */
import { WorkbenchError } from './errors.ts';
import type { Log } from './log.ts';

export interface OutputOptions {
  readonly json: boolean;
  readonly dryRun: boolean;
  readonly write: (text: string) => void;
  /** Where progress goes. */
  readonly log: Log;
}

export interface Output {
  /** For the command's context; a dry run is printed as text by every command, and becomes a record here. */
  readonly json: boolean;
  readonly print: (text: string) => void;
  readonly log: Log;
  /** Writes the record that was held back. @throws E_INTERNAL when there is none and there has to be one */
  end(code: number): void;
  /** The record of a failure takes the place of one that was held back. */
  fail(error: WorkbenchError): void;
}

/** What a dry run says that is no command. */
export const NOTE = '# ';

const withNewline = (text: string): string => (text.endsWith('\n') ? text : `${text}\n`);

export function openOutput({ json, dryRun, write, log }: OutputOptions): Output {
  const fail = (error: WorkbenchError): void => {
    const { code, message, position, next, detail, problems, exitCode } = error;
    if (json) write(`${JSON.stringify({ error: { code, message, position, next, detail, problems, exitCode } })}\n`);
  };
  if (dryRun) return { ...openDryRun({ json, write, log }), fail };
  let record: string | undefined;
  return {
    json,
    log,
    fail,
    print: (text) => {
      if (!json) write(withNewline(text));
      else if (record === undefined) record = text;
      else
        throw new WorkbenchError('E_INTERNAL', 'a command with --json has one record, and this is a second one', {
          detail: text.slice(0, 500),
        });
    },
    end: (code) => {
      if (!json) return;
      if (record === undefined)
        throw new WorkbenchError('E_INTERNAL', `the command ended with ${code} and without a record`);
      write(withNewline(record));
    },
  };
}

/** Steps announce the command that they would run in the log; here that is the result. */
function openDryRun({ json, write, log }: Omit<OutputOptions, 'dryRun'>): Omit<Output, 'fail'> {
  const lines: string[] = [];
  const print = (text: string): void => {
    if (json) lines.push(...text.split('\n').filter(Boolean));
    else write(withNewline(text));
  };
  const isNote = (line: string): boolean => line.startsWith(NOTE);
  return {
    json: false,
    print,
    log: (entry) => (entry.kind === 'command' ? print(entry.text) : log(entry)),
    end: () => {
      if (!json) return;
      const notes = lines.filter(isNote).map((line) => line.slice(NOTE.length));
      write(`${JSON.stringify({ dryRun: lines.filter((line) => !isNote(line)), notes })}\n`);
    },
  };
}
