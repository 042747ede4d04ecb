/** A kernel for the fuzzer that is none: it answers batches by the model, with a fault of the test's choice. */
import { FUNC_TYPE } from '../fuzz/btf.ts';
import type { Answer, Seen } from '../fuzz/batch.ts';
import type { Code, FuncKind } from '../fuzz/compile.ts';
import type { Asked, Died, Runner } from '../fuzz/guest-runner.ts';
import { INSN_BYTES, type Insn } from '../fuzz/insn.ts';
import { Model } from '../fuzz/model.ts';
import { NEWEST } from '../fuzz/rules.ts';
import type { Verdict } from '../fuzz/verdict.ts';

export interface Sent {
  readonly code: Code;
  readonly loadOnly: boolean;
}

const OWN_PROGRAMS = 4;
const SCENARIO_BYTES = 13 * 8;

/** What the runner reads of a batch, read as it does. */
export function decodeBatch(bytes: Buffer): Sent[] {
  let at = 0;
  const word = (): number => bytes.readUInt32LE((at += 4) - 4);
  const skip = (length: number): void => {
    at += Math.ceil(length / 4) * 4;
  };
  const program = (): Sent => {
    const [type, insns, funcs, flags] = [word(), word(), word(), word()];
    const code = Array.from({ length: insns }, (_, i) => insnAt(bytes, at + i * INSN_BYTES));
    at += insns * INSN_BYTES;
    const kinds = Object.entries(FUNC_TYPE) as [FuncKind, number][];
    const func = (): Code['funcs'][number] => {
      const place = word();
      const number = word();
      return { at: place, kind: kinds.find(([, one]) => one === number)?.[0] ?? 'main' };
    };
    const found = Array.from({ length: funcs }, func);
    return { code: { type: type === 0 ? 'dtrace' : 'raw_tp', insns: code, funcs: found }, loadOnly: (flags & 2) !== 0 };
  };
  const outcome = (): void => {
    at += 12;
    const length = word();
    skip(length);
    skip(length);
  };
  word();
  const [scenarios, programs, ...types] = [word(), word(), word(), word()];
  types.forEach(skip);
  at += (scenarios ?? 0) * SCENARIO_BYTES;
  for (let i = 0; i < OWN_PROGRAMS; i++) program();
  outcome();
  return Array.from({ length: programs ?? 0 }, () => {
    const sent = program();
    for (let i = 0; i < (scenarios ?? 0); i++) outcome();
    return sent;
  });
}

function insnAt(bytes: Buffer, at: number): Insn {
  const regs = bytes.readUInt8(at + 1);
  return {
    code: bytes.readUInt8(at),
    dst: regs & 15,
    src: regs >> 4,
    off: bytes.readInt16LE(at + 2),
    imm: bytes.readInt32LE(at + 4),
  };
}

export interface Fault {
  readonly loads?: (verdict: Verdict, code: Code) => boolean;
  readonly diesOf?: (code: Code) => boolean;
  readonly seen?: (code: Code) => Omit<Seen, 'program'> | undefined;
}

export function standInKernel({ loads, diesOf, seen }: Fault): Runner {
  return {
    run: async ({ bytes, every }: Asked): Promise<Answer | Died> => {
      const sent = decodeBatch(bytes);
      const verdicts = sent.map(({ code }) => new Model(code, NEWEST).judge());
      const loaded = sent.map(({ code }, i) => {
        const verdict = verdicts[i] ?? { verdict: 'accept' };
        return loads?.(verdict, code) ?? verdict.verdict !== 'refuse';
      });
      const dead = sent.findIndex(
        ({ code, loadOnly }, i) => loaded[i] === true && !loadOnly && diesOf?.(code) === true,
      );
      if (dead >= 0) return { mark: dead - (dead % every), reason: 'a stand-in died', excerpt: [] };
      return {
        loaded: loaded.map((one) => (one ? 'loaded' : 'refused')),
        seen: sent.flatMap(({ code, loadOnly }, program) => {
          const what = loaded[program] === true && !loadOnly ? seen?.(code) : undefined;
          return what === undefined ? [] : [{ ...what, program }];
        }),
        interpreted: 0,
        logs: new Map(),
      };
    },
    close: async () => undefined,
  };
}
