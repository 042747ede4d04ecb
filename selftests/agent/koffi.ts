/** The one door to koffi: libraries, functions by C prototype, and memory. */
import koffi from 'koffi';

export type ForeignFunction = (...args: unknown[]) => unknown;
export type Pointer = bigint;

const libraries = new Map<string, ReturnType<typeof koffi.load>>();
const functions = new Map<string, ForeignFunction>();
let paths = { bpf: '', native: '' };

/** Called once, before anything else here. */
export function useLibraries(bpf: string, native: string): void {
  paths = { bpf, native };
}

function library(name: string): ReturnType<typeof koffi.load> {
  const path = name === 'bpf' ? paths.bpf : name === 'native' ? paths.native : name === 'c' ? null : name;
  const key = path ?? '';
  let loaded = libraries.get(key);
  if (loaded === undefined) {
    loaded = koffi.load(path);
    libraries.set(key, loaded);
  }
  return loaded;
}

/** A function by its C prototype; looked up once. Throws when the library has no such symbol. */
export function foreign(lib: string, prototype: string): ForeignFunction {
  const key = `${lib}|${prototype}`;
  let found = functions.get(key);
  if (found === undefined) {
    found = library(lib).func(prototype) as ForeignFunction;
    functions.set(key, found);
  }
  return found;
}

/** The same by name and types, for calls whose shape only the request knows. */
export function foreignBySymbol(
  lib: string,
  symbol: string,
  returns: string,
  types: readonly string[],
): { call: ForeignFunction; async: ForeignFunction } {
  const found = library(lib).func(symbol, returns, [...types]);
  return { call: found as ForeignFunction, async: found.async as ForeignFunction };
}

/** errno as the last call left it. */
export function lastErrno(): number {
  return koffi.errno();
}

export const ERRNO_BY_NAME: Readonly<Record<string, number>> = koffi.os.errno;

export function toNumber(value: unknown): number {
  return Number(value as number | bigint);
}

export function toBigint(value: unknown): bigint {
  return BigInt(value as number | bigint);
}

export function toPointer(value: unknown): Pointer | null {
  if (value === null || value === undefined) return null;
  const pointer = BigInt(value as number | bigint);
  return pointer === 0n ? null : pointer;
}

const calloc = (): ForeignFunction => foreign('c', 'void *calloc(size_t n, size_t size)');
const freeMemory = (): ForeignFunction => foreign('c', 'void free(void *p)');

/** Zeroed memory that C may keep; the caller frees it. */
export function allocate(bytes: number): Pointer {
  const pointer = toPointer(calloc()(1, bytes));
  if (pointer === null) throw new Error(`no memory for ${bytes} bytes`);
  return pointer;
}

export function release(pointer: Pointer): void {
  freeMemory()(pointer);
}

/** Text up to its NUL. */
export function textAt(pointer: Pointer): string {
  return koffi.decode.string(pointer);
}

/** A copy of memory. */
export function bytesAt(pointer: Pointer, length: number): Uint8Array {
  return length === 0 ? new Uint8Array() : Uint8Array.from(new Uint8Array(koffi.view(pointer, length)));
}
