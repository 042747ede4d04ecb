/** Numbers of libbpf's names; asked of the library itself, so that a patched libbpf brings its own. */
import { foreign, toPointer, textAt } from './koffi.ts';

const LIMIT = 128;

export type Names = Readonly<Record<string, number>>;
export interface NameTables {
  readonly prog: Names;
  readonly map: Names;
  readonly attach: Names;
}

/** @param nameAt null behind the last number that has a name */
export function readNames(nameAt: (number: number) => string | null): Names {
  const names: Record<string, number> = {};
  for (let number = 0; number < LIMIT; number++) {
    const name = nameAt(number);
    if (name === null) break;
    names[name] = number;
  }
  return names;
}

function table(prototype: string): Names {
  const nameOf = foreign('bpf', prototype);
  return readNames((number) => {
    const name = toPointer(nameOf(number));
    return name === null ? null : textAt(name);
  });
}

let tables: NameTables | null = null;

export function nameTables(): NameTables {
  tables ??= {
    prog: table('void *libbpf_bpf_prog_type_str(int t)'),
    map: table('void *libbpf_bpf_map_type_str(int t)'),
    attach: table('void *libbpf_bpf_attach_type_str(int t)'),
  };
  return tables;
}

/** A number is taken as it is, known or not: tests ask for types that do not exist. */
export function numberOf(which: keyof NameTables, name: string | number, known: () => NameTables = nameTables): number {
  if (typeof name === 'number') return name;
  const names = known()[which];
  const number = Object.hasOwn(names, name) ? names[name] : undefined;
  if (number === undefined) throw new Error(`libbpf knows no ${which} type ${name}`);
  return number;
}

export function nameOf(which: 'prog' | 'map', number: number, known: () => NameTables = nameTables): string {
  return Object.entries(known()[which]).find(([, candidate]) => candidate === number)?.[0] ?? String(number);
}
