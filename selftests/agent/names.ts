/** Numbers of libbpf's names; asked of the library itself, so that a patched libbpf brings its own. */
import { foreign, toPointer, textAt } from './koffi.ts';

const LIMIT = 128;

function table(prototype: string): Readonly<Record<string, number>> {
  const nameOf = foreign('bpf', prototype);
  const names: Record<string, number> = {};
  for (let number = 0; number < LIMIT; number++) {
    const name = toPointer(nameOf(number));
    if (name === null) break;
    names[textAt(name)] = number;
  }
  return names;
}

let tables: { prog: Readonly<Record<string, number>>; map: Readonly<Record<string, number>>; attach: Readonly<Record<string, number>> } | null = null;

export function nameTables(): NonNullable<typeof tables> {
  tables ??= {
    prog: table('void *libbpf_bpf_prog_type_str(int t)'),
    map: table('void *libbpf_bpf_map_type_str(int t)'),
    attach: table('void *libbpf_bpf_attach_type_str(int t)'),
  };
  return tables;
}

export function numberOf(which: 'prog' | 'map' | 'attach', name: string | number): number {
  if (typeof name === 'number') return name;
  const number = nameTables()[which][name];
  if (number === undefined) throw new Error(`libbpf knows no ${which} type ${name}`);
  return number;
}

export function nameOf(which: 'prog' | 'map', number: number): string {
  return Object.entries(nameTables()[which]).find(([, candidate]) => candidate === number)?.[0] ?? String(number);
}
