/**
 * Programs that compile or read the objects of a patch; each is asked of the parent, too, and only what is new counts.
 * Pure.
 */
import { normaliseMessage, parseWarnings } from '../kernel/warnings.ts';
import type { Warning } from '../records/build.ts';
import type { CheckName } from './list.ts';

export interface Analyser {
  readonly check: CheckName;
  /** Any of these programs; it is left out, and the table says so, where none is installed. */
  readonly probe: readonly string[];
  /** Below the worktree. Objects of another compiler have another configuration. */
  readonly directory: string;
  /** For make, behind those of every build, which they override. @param program that was found */
  readonly args: (program: string) => readonly string[];
  readonly read: (log: string) => Warning[];
}

/** As smatch has it: a function in the place of a column. */
const SMATCH = /^(?:\.\.\/)*([^\s:]+):(\d+) (\w+)\(\) ((?:warn|error): .*)$/;
/** As semantic patches have it in the mode `report`. */
const COCCI = /^(?:\.{1,2}\/)*([^\s:]+):(\d+):\d+-\d+:() (.*)$/;

function reader(form: RegExp): (log: string) => Warning[] {
  return (log) => {
    const found = log.split('\n').flatMap((text): Warning[] => {
      const [, file, line, where = '', said = ''] = form.exec(text) ?? [];
      if (file === undefined) return [];
      const message = normaliseMessage(said);
      return [{ file, unit: file, line: Number(line), where, message, key: `${file} | ${where} | ${message}` }];
    });
    return [...new Map(found.map((one) => [one.key, one])).values()];
  };
}

export const ANALYSERS: readonly Analyser[] = [
  {
    check: 'gcc',
    probe: ['gcc'],
    directory: 'build-check',
    args: () => ['W=1', 'C=1'],
    read: parseWarnings,
  },
  {
    check: 'clang',
    probe: ['clang-19', 'clang'],
    directory: 'build-check-clang',
    args: (program) => [`CC=ccache ${program}`, 'W=1'],
    read: parseWarnings,
  },
  {
    check: 'smatch',
    probe: ['smatch'],
    directory: 'build-check',
    args: () => ['C=1', 'CHECK=smatch -p=kernel'],
    read: reader(SMATCH),
  },
  {
    check: 'coccicheck',
    probe: ['spatch'],
    directory: 'build-check',
    args: () => ['C=1', 'CHECK=../scripts/coccicheck'],
    read: reader(COCCI),
  },
];
