/** Type information for functions: without it the verifier accepts neither callbacks nor global functions. Pure. */
import type { FuncKind } from './compile.ts';
import type { ProgType } from './interface.ts';

const KIND = { int: 1, ptr: 2, struct: 4, func: 12, funcProto: 13 } as const;
const MAGIC = 0xeb9f;
const HEADER_BYTES = 24;
const SIGNED = 1 << 24;
const GLOBAL = 1;

/** By these names the verifier knows a pointer to the context. */
const CONTEXT: Readonly<Record<ProgType, string>> = {
  dtrace: 'dtrace_bpf_context',
  raw_tp: 'bpf_raw_tracepoint_args',
};

/** Type numbers of the functions below. */
export const FUNC_TYPE: Readonly<Record<FuncKind, number>> = { main: 5, static: 6, global: 7, callback: 11 };

class Strings {
  #text = '\0';

  at(name: string): number {
    const at = this.#text.length;
    this.#text += `${name}\0`;
    return at;
  }

  get bytes(): Buffer {
    return Buffer.from(this.#text);
  }
}

/** Little endian, as the runner is. */
function words(...numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * numbers.length);
  for (const [index, number] of numbers.entries()) bytes.writeUInt32LE(number >>> 0, 4 * index);
  return bytes;
}

export function btfFor(type: ProgType): Buffer {
  const strings = new Strings();
  const info = (kind: number, length = 0): number => (kind << 24) | length;
  const int = (name: string, encoding: number): Buffer => words(strings.at(name), info(KIND.int), 4, encoding | 32);
  const func = (name: string, proto: number, linkage: number): Buffer =>
    words(strings.at(name), info(KIND.func, linkage), proto);
  const types = Buffer.concat([
    int('int', SIGNED),
    words(strings.at(CONTEXT[type]), info(KIND.struct), 8),
    words(0, info(KIND.ptr), 2),
    words(0, info(KIND.funcProto, 1), 1, strings.at('ctx'), 3),
    func('subject', 4, GLOBAL),
    func('part', 4, 0),
    func('shared', 4, GLOBAL),
    int('unsigned int', 0),
    words(0, info(KIND.ptr), 0),
    words(0, info(KIND.funcProto, 2), 1, strings.at('index'), 8, strings.at('data'), 9),
    func('each', 10, 0),
  ]);
  const text = strings.bytes;
  const header = Buffer.concat([
    Buffer.from([MAGIC & 0xff, MAGIC >> 8, 1, 0]),
    words(HEADER_BYTES, 0, types.length, types.length, text.length),
  ]);
  return Buffer.concat([header, types, text]);
}
