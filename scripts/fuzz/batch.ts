/** Batches for the runner of the guest (selftests/agent/native/fuzz.c) as bytes, and its answer. Pure. */
import { btfFor, FUNC_TYPE } from './btf.ts';
import type { Code } from './compile.ts';
import { expected, type Expected, type ForKernel } from './expected.ts';
import { SCENARIOS } from './fixtures.ts';
import { CALL, encode, LD_IMM64, PSEUDO } from './insn.ts';
import type { ProgType } from './interface.ts';

export interface Entry {
  readonly code: Code;
  readonly expected: readonly Expected[];
  /** It is not run. */
  readonly loadOnly?: boolean;
}

const MAGIC = 0x66757a7a;
const TYPE_NUMBER: Readonly<Record<ProgType, number>> = { dtrace: 0, raw_tp: 1 };
const SWAPPED = { nothing: 0, returns: 1, records: 2 } as const;
const PROGRAM_FLAG = { interpreted: 1, loadOnly: 2 } as const;
const OUTCOME_FLAG = { result: 1, ring: 2 } as const;

function u32(...numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * numbers.length);
  for (const [index, number] of numbers.entries()) bytes.writeUInt32LE(number >>> 0, 4 * index);
  return bytes;
}

function u64(numbers: readonly bigint[]): Buffer {
  const bytes = Buffer.alloc(8 * numbers.length);
  for (const [index, number] of numbers.entries()) bytes.writeBigUInt64LE(number, 8 * index);
  return bytes;
}

function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}

/** The interpreter has no tail calls in functions, and no callbacks. */
export function interpretable(code: Code, tailCall: number): boolean {
  const callback = code.insns.some((insn) => insn.code === LD_IMM64 && insn.src === PSEUDO.func);
  const tail = code.insns.some((insn) => insn.code === CALL && insn.src === 0 && insn.imm === tailCall);
  return !callback && !(tail && code.funcs.length > 1);
}

function program(code: Code, tailCall: number, loadOnly = false): Buffer {
  const flags = loadOnly ? PROGRAM_FLAG.loadOnly : interpretable(code, tailCall) ? PROGRAM_FLAG.interpreted : 0;
  return Buffer.concat([
    u32(TYPE_NUMBER[code.type], code.insns.length, code.funcs.length, flags),
    encode(code.insns),
    ...code.funcs.map(({ at, kind }) => u32(at, FUNC_TYPE[kind])),
  ]);
}

function outcome({ result, ring }: Expected): Buffer {
  const flags = (result === undefined ? 0 : OUTCOME_FLAG.result) | (ring === undefined ? 0 : OUTCOME_FLAG.ring);
  const { head = 0, bytes = new Uint8Array(), known = new Uint8Array() } = ring ?? {};
  return Buffer.concat([u32(flags, result ?? 0, head, bytes.length), padded(bytes), padded(known)]);
}

export function encodeBatch(known: ForKernel, entries: readonly Entry[]): Buffer {
  const { fixtures, helpers } = known;
  const [first] = SCENARIOS;
  if (first === undefined) throw new RangeError('no scenario');
  const types = [btfFor('dtrace'), btfFor('raw_tp')];
  const alone = expected(known, { type: 'raw_tp', insns: fixtures.returns.insns, funcs: [] }, first);
  const probe = expected(known, fixtures.probe, { ...first, event: true });
  const put = (code: Code, loadOnly?: boolean): Buffer => program(code, helpers.tail_call, loadOnly);
  return Buffer.concat([
    u32(MAGIC, SCENARIOS.length, entries.length, ...types.map(({ length }) => length)),
    ...types.map(padded),
    ...SCENARIOS.flatMap(({ args, swapped, event }) => [u64(args), u32(SWAPPED[swapped], event ? 1 : 0)]),
    ...[fixtures.entry, fixtures.returns, fixtures.records, fixtures.probe].map((code) => put(code)),
    // the probe's record alone is what is left of a run of nothing
    outcome({ ...alone, result: probe.result }),
    ...entries.flatMap((entry) => [put(entry.code, entry.loadOnly), ...entry.expected.map(outcome)]),
  ]);
}

export type Mode = 'jit' | 'interpreter';

/** Something that the runner saw and did not expect. */
export interface Seen {
  readonly program: number;
  readonly mode: Mode;
  /** `result`, `ring`, `probe`: differs in that scenario; `kernel`: said so in its log; `errno`: not loaded, oddly */
  readonly what: 'result' | 'ring' | 'probe' | 'kernel' | 'errno';
  readonly scenario: number;
  readonly text: string;
}

export interface Answer {
  /** For each program: loaded, refused, or refused with an errno that no verifier's verdict has. */
  readonly loaded: readonly ('loaded' | 'refused' | 'odd')[];
  readonly seen: readonly Seen[];
  readonly interpreted: number;
  /** The verifier's last words, where they were asked for. */
  readonly logs: ReadonlyMap<number, string>;
}

const STATUS = { L: 'loaded', R: 'refused', O: 'odd' } as const;
const isWhat = (word: string): word is Seen['what'] => ['result', 'ring', 'probe', 'kernel', 'errno'].includes(word);

/** @throws Error for what is no answer to so many programs */
export function decodeAnswer(text: string, programs: number): Answer {
  const seen: Seen[] = [];
  const logs = new Map<number, string>();
  let status = '';
  let interpreted = 0;
  for (const line of text.split('\n')) {
    const [kind = '', ...words] = line.split(' ');
    if (kind === 'STATUS') status = words[0] ?? '';
    else if (kind === 'INTERPRETED') interpreted = Number(words[0]);
    else if (kind === 'LOG')
      logs.set(Number(words[0]), `${logs.get(Number(words[0])) ?? ''}${words.slice(1).join(' ')}\n`);
    else if (kind === 'SEEN') {
      const [mode = '', index = '', what = '', scenario = '', ...rest] = words;
      if ((mode === 'jit' || mode === 'interpreter') && isWhat(what))
        seen.push({ program: Number(index), mode, what, scenario: Number(scenario), text: rest.join(' ') });
    }
  }
  const loaded = [...status].map((letter) => STATUS[letter as keyof typeof STATUS]);
  if (loaded.length !== programs || !text.includes('\nEND\n'))
    throw new Error(`the runner answered for ${loaded.length} of ${programs} programs: ${text.slice(-500)}`);
  return { loaded, seen, interpreted, logs };
}
