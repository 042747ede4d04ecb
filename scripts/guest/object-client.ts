import type {
  Attachment,
  Handle,
  LoadOutcome,
  MapFacts,
  ObjectSettings,
  ProgramFacts,
} from '../../selftests/agent/protocol.ts';
import type { BpfMap, MapShape } from './map-client.ts';
import { type BpfLink, BpfProgram } from './prog-client.ts';
import { GuestRefusal } from './refusal.ts';
import type { Transport } from './transport.ts';

/** What an object needs of its guest. */
interface MapMaker {
  readonly transport: Transport;
  map(handle: Handle, fd: number, shape: Omit<MapShape, 'possibleCpus'>): BpfMap;
}

export type TryLoad =
  | { readonly ok: true; readonly object: LoadedObject }
  | Exclude<LoadOutcome, { readonly ok: true }>;

export class OpenedObject {
  readonly #guest: MapMaker;
  readonly #obj: Handle;
  readonly name: string;
  readonly programs: readonly ProgramFacts[];
  readonly maps: readonly MapFacts[];

  constructor(
    guest: MapMaker,
    name: string,
    obj: Handle,
    programs: readonly ProgramFacts[],
    maps: readonly MapFacts[],
  ) {
    this.#guest = guest;
    this.#obj = obj;
    this.name = name;
    this.programs = programs;
    this.maps = maps;
  }

  /** An object can be loaded once; after a refusal open it again. */
  async tryLoad(settings: ObjectSettings = {}): Promise<TryLoad> {
    const outcome = await this.#guest.transport.call('obj.load', { obj: this.#obj, settings });
    if (!outcome.ok) return outcome;
    const { transport } = this.#guest;
    const programs = Object.entries(outcome.programs).map(([name, p]): [string, BpfProgram] => [
      name,
      new BpfProgram(transport, p.handle, p.fd, name, p.log),
    ]);
    const maps = Object.entries(outcome.maps).map(([name, m]): [string, BpfMap] => [
      name,
      this.#guest.map(m.handle, m.fd, m),
    ]);
    return { ok: true, object: new LoadedObject(this.name, new Map(programs), new Map(maps), outcome.libbpfLog) };
  }

  async load(settings: ObjectSettings = {}): Promise<LoadedObject> {
    const tried = await this.tryLoad(settings);
    if (!tried.ok) throw new GuestRefusal(`load of ${this.name}: program ${tried.program}`, tried);
    return tried.object;
  }
}

export class LoadedObject {
  readonly name: string;
  readonly programs: ReadonlyMap<string, BpfProgram>;
  readonly maps: ReadonlyMap<string, BpfMap>;
  readonly libbpfLog: string;

  constructor(
    name: string,
    programs: ReadonlyMap<string, BpfProgram>,
    maps: ReadonlyMap<string, BpfMap>,
    libbpfLog: string,
  ) {
    this.name = name;
    this.programs = programs;
    this.maps = maps;
    this.libbpfLog = libbpfLog;
  }

  program(name: string): BpfProgram {
    return named(this.programs, name, `${this.name}: program`);
  }

  /**
   * Global data is the maps whose names end in .bss, .data and .rodata: `map('.bss')` finds it whatever libbpf
   * prefixes.
   */
  map(name: string): BpfMap {
    if (!name.startsWith('.')) return named(this.maps, name, `${this.name}: map`);
    const found = [...this.maps].find(([full]) => full.endsWith(name));
    if (found === undefined) throw new Error(`${this.name}: no ${name} map`);
    return found[1];
  }

  async attach(name: string, to: Attachment = { kind: 'auto' }): Promise<BpfLink> {
    return this.program(name).attach(to);
  }
}

function named<T>(from: ReadonlyMap<string, T>, name: string, what: string): T {
  const found = from.get(name);
  if (found === undefined) throw new Error(`${what} ${name} is not one of ${[...from.keys()].join(', ')}`);
  return found;
}
