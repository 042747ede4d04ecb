/** What a run of the fuzzer tells. Pure. */
import type { Finding, Tally } from './campaign.ts';
import { rateLine } from './campaign.ts';
import { disassemble } from './disassemble.ts';
import type { Helpers } from './interface.ts';
import type { Kind } from './judge.ts';

const MEANING: Readonly<Record<Kind, string>> = {
  loaded: 'the kernel loads what the model refuses',
  refused: 'the kernel refuses what the model accepts',
  result: 'it returned something else than the model',
  ring: 'the ring is not as the model has it',
  probe: 'the probe behind it returned something else',
  kernel: 'the kernel complained',
  errno: 'it was not loaded, and not for a reason of the verifier',
  harm: 'the model accepts what harms in the model',
  died: 'the guest died of it',
};

export interface Repeat {
  readonly seed: number;
  readonly config: string;
  /** As it was asked for. */
  readonly base?: string | undefined;
}

export function repeatCommand({ seed, config, base }: Repeat, index: number): string {
  const kernel = [
    ...(config === 'default' ? [] : ['--config', config]),
    ...(base === undefined ? [] : ['--base', base]),
  ];
  return ['npm run fuzz -- --seed', seed, '--only', index, ...kernel].join(' ');
}

export function formatFinding(finding: Finding, helpers: Helpers, repeat: Repeat): string {
  const { index, kind, text, also, words, code } = finding;
  return [
    `program ${index} of seed ${repeat.seed}: ${MEANING[kind]}`,
    `  ${text}${also.length === 0 ? '' : `; also: ${also.join(', ')}`}`,
    ...words.map((line) => `  | ${line}`),
    '  the smallest that shows it:',
    ...disassemble(code, helpers).map((line) => `    ${line}`),
    `  again: ${repeatCommand(repeat, index)}`,
  ].join('\n');
}

export function formatTally(tally: Tally): string {
  const rows: readonly (readonly [string, number])[] = [
    ['programs', tally.programs],
    ['accepted by the model', tally.accept],
    ['refused by the model', tally.refuse],
    ['the model cannot tell', tally.unknown],
    ['loaded by the kernel', tally.loaded],
    ['run with the interpreter, too', tally.interpreted],
    ['runs with the JIT', tally.runs],
    ['of these, nothing to compare with', tally.unclear],
    ['seen once and not again', tally.notRepeated],
    ['guests that died', tally.deaths],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return [
    ...rows.map(([name, number]) => `${name.padEnd(width)}  ${String(number).padStart(7)}`),
    `${rateLine(tally)}, ${(tally.ms / 1000).toFixed(0)} s`,
  ].join('\n');
}
