import type {
  ExecResult,
  ExecSpec,
  GuestHello,
  Handle,
  MapSpec,
  NativeCall,
  NativeResult,
  ObjectSettings,
  Outcome,
  PerfAttr,
  ProgTypeName,
  RawProgram,
  SyscallResult,
  SyscallTrigger,
} from '../../selftests/agent/protocol.ts';
import { BpfMap, type MapShape } from './map-client.ts';
import { type LoadedObject, OpenedObject, type TryLoad } from './object-client.ts';
import { EventBuffer, PerfEvent } from './perf-client.ts';
import { BpfProgram, type Held } from './prog-client.ts';
import { GuestProcess } from './process-client.ts';
import { must } from './refusal.ts';
import { differenceIn, filesNamedBy } from './same-files.ts';
import type { Transport } from './transport.ts';

export { BpfMap } from './map-client.ts';
export { LoadedObject, OpenedObject, type TryLoad } from './object-client.ts';
export { EventBuffer, PerfEvent, PerfRing } from './perf-client.ts';
export { BpfLink, BpfProgram } from './prog-client.ts';
export { GuestProcess } from './process-client.ts';
export { GuestRefusal } from './refusal.ts';
export * from './bytes.ts';
export * from './perf-record.ts';
export * from './presets.ts';

/** Where things are, the same path on host and guest, and what kind of guest this is. */
export interface GuestFacts {
  readonly config: string;
  readonly accel: 'kvm' | 'tcg';
  /** TCG with one host thread for all virtual CPUs: no instruction is executed after it was replaced. */
  readonly inTurn: boolean;
  /** Debug kernels under TCG are several times slower: multiply repetitions by `1 / slowness`. */
  readonly slowness: number;
  /** 'soak': the long form of long runs, by `npm run soak`; 'short' in `npm test`. */
  readonly length: 'short' | 'soak';
  /** Directory of the compiled selftests/progs/*.bpf.o */
  readonly progs: string;
  /** selftests/agent/native built as a program with subcommands, and as a shared library (target of uprobes too). */
  readonly workload: string;
  readonly nativeLib: string;
  /** Other built programs by name (bpftool, dtrace ...); may lack some. */
  readonly tools: Readonly<Record<string, string>>;
  /** Symbols of the kernel's .config: "y", a number, a string; absent when not set. */
  readonly kconfig: Readonly<Record<string, string>>;
  readonly hello: GuestHello;
}

export class Guest {
  readonly transport: Transport;
  readonly facts: GuestFacts;
  readonly #same = new Set<string>();

  constructor(transport: Transport, facts: GuestFacts) {
    this.transport = transport;
    this.facts = facts;
  }

  /** Once a file: in a guest's life no file of ours changes. */
  async #mustBeSame(words: readonly string[]): Promise<void> {
    for (const path of filesNamedBy(words).filter((one) => !this.#same.has(one))) {
      const difference = await differenceIn(this.transport, path);
      if (difference !== undefined) throw new Error(difference);
      this.#same.add(path);
    }
  }

  /** Path of the compiled selftests/progs/NAME.bpf.c; paths are taken as they are. */
  progPath(name: string): string {
    return name.includes('/') ? name : `${this.facts.progs}/${name}.bpf.o`;
  }

  /** Opens an object and does not load it: for its list of programs and maps, and to load it later. */
  async open(name: string): Promise<OpenedObject> {
    const path = this.progPath(name);
    await this.#mustBeSame([path]);
    const opened = must(`open of ${name}`, await this.transport.call('obj.open', { path }));
    return new OpenedObject(this, name, opened.obj, opened.programs, opened.maps);
  }

  async tryLoad(name: string, settings: ObjectSettings = {}): Promise<TryLoad> {
    return (await this.open(name)).tryLoad(settings);
  }

  /** @throws GuestRefusal with the verifier log */
  async load(name: string, settings: ObjectSettings = {}): Promise<LoadedObject> {
    return (await this.open(name)).load(settings);
  }

  async tryLoadRaw(program: RawProgram): Promise<Outcome<{ readonly prog: BpfProgram }>> {
    const outcome = await this.transport.call('prog.raw', program);
    if (!outcome.ok) return outcome;
    return {
      ok: true,
      prog: new BpfProgram(this.transport, outcome.handle, outcome.fd, program.name ?? 'raw', outcome.log),
    };
  }

  async loadRaw(program: RawProgram): Promise<BpfProgram> {
    return must(`load of ${program.name ?? 'raw instructions'}`, await this.tryLoadRaw(program)).prog;
  }

  async tryCreateMap(spec: MapSpec): Promise<Outcome<{ readonly map: BpfMap }>> {
    const outcome = await this.transport.call('map.create', spec);
    if (!outcome.ok) return outcome;
    return {
      ok: true,
      map: this.map(outcome.handle, outcome.fd, {
        keySize: 4,
        valueSize: 4,
        ...spec,
        name: spec.name ?? '',
        type: this.typeName(spec.type),
      }),
    };
  }

  async createMap(spec: MapSpec): Promise<BpfMap> {
    return must(`create of map ${spec.name ?? ''} (${spec.type})`, await this.tryCreateMap(spec)).map;
  }

  async openPinnedMap(path: string): Promise<BpfMap> {
    const { handle, fd } = must(`open of ${path}`, await this.transport.call('fd.openPinned', { path, kind: 'map' }));
    const info = await this.transport.call('map.info', { map: handle });
    return this.map(handle, fd, { ...info, type: this.typeName(info.type) });
  }

  async openPinnedProgram(path: string): Promise<BpfProgram> {
    const { handle, fd } = must(`open of ${path}`, await this.transport.call('fd.openPinned', { path, kind: 'prog' }));
    return new BpfProgram(this.transport, handle, fd, path, '');
  }

  async btfId(kind: 'func' | 'struct' | 'typedef', name: string): Promise<number> {
    return must(`BTF ${kind} ${name}`, await this.transport.call('btf.find', { kind, name })).id;
  }

  /** Number of a program type by libbpf's name; the patched libbpf knows "dtrace". */
  progType(name: string): number {
    const number = this.facts.hello.progTypes[name];
    if (number === undefined) throw new Error(`the guest's libbpf knows no program type ${name}`);
    return number;
  }

  /** 1 supported, 0 not, negative errno: libbpf_probe_bpf_prog_type. */
  async probeProgType(type: ProgTypeName): Promise<number> {
    return (await this.transport.call('probe.progType', { type })).result;
  }

  async tryPerfEvent(
    attr: PerfAttr,
    where: { readonly pid?: number; readonly cpu?: number } = {},
  ): Promise<Outcome<{ readonly event: PerfEvent }>> {
    const outcome = await this.transport.call('perf.open', { attr, pid: where.pid ?? -1, cpu: where.cpu ?? 0 });
    return outcome.ok ? { ok: true, event: new PerfEvent(this.transport, outcome.handle, outcome.fd) } : outcome;
  }

  /** Default: any process on cpu 0. */
  async perfEvent(attr: PerfAttr, where: { readonly pid?: number; readonly cpu?: number } = {}): Promise<PerfEvent> {
    return must('perf_event_open', await this.tryPerfEvent(attr, where)).event;
  }

  /** libbpf's perf_buffer over a perf event array; `attr` overrides the events' attributes (perf_buffer__new_raw). */
  async perfBuffer(
    map: { readonly handle: Handle },
    options: { readonly pages?: number; readonly attr?: PerfAttr; readonly cpus?: readonly number[] } = {},
  ): Promise<EventBuffer> {
    const { pages = 8, ...rest } = options;
    const outcome = await this.transport.call('perfbuf.open', { map: map.handle, pages, ...rest });
    return new EventBuffer(this.transport, must('perf_buffer__new', outcome).buffer);
  }

  async ringBuffer(map: { readonly handle: Handle }): Promise<EventBuffer> {
    const outcome = await this.transport.call('ringbuf.open', { map: map.handle });
    return new EventBuffer(this.transport, must('ring_buffer__new', outcome).buffer);
  }

  async poll(events: readonly { readonly handle: Handle }[], timeoutMs: number): Promise<readonly Handle[]> {
    return must(
      'poll',
      await this.transport.call('perf.poll', { events: events.map((event) => event.handle), timeoutMs }),
    ).ready;
  }

  /** Counts wake-ups of each event in a thread of its own; `stop()` returns the counts in the order given. */
  async watchWakeups(
    events: readonly { readonly handle: Handle }[],
  ): Promise<{ counts(): Promise<readonly number[]>; stop(): Promise<readonly number[]> }> {
    const { watcher } = await this.transport.call('perf.watch', { events: events.map((event) => event.handle) });
    const ask = async (stop: boolean): Promise<readonly number[]> =>
      (await this.transport.call('perf.wakeups', { watcher, stop })).counts;
    return { counts: () => ask(false), stop: () => ask(true) };
  }

  /** A system call from the agent's main thread (see SYSCALLS), n times, pinned to a CPU. */
  syscall(trigger: SyscallTrigger): Promise<SyscallResult> {
    return this.transport.call('trigger.syscall', trigger);
  }

  async exec(argv: readonly string[], options: Omit<ExecSpec, 'argv'> = {}): Promise<ExecResult> {
    await this.#mustBeSame([...argv, ...Object.values(options.env ?? {})]);
    return this.transport.call('exec', { ...options, argv });
  }

  async spawn(argv: readonly string[], options: Omit<ExecSpec, 'argv'> = {}): Promise<GuestProcess> {
    await this.#mustBeSame([...argv, ...Object.values(options.env ?? {})]);
    const { process, pid } = await this.transport.call('spawn', { ...options, argv });
    return new GuestProcess(this.transport, process, pid);
  }

  /** Any function of the native library, of libbpf or of libc. */
  native(call: NativeCall): Promise<NativeResult> {
    return this.transport.call('native.call', call);
  }

  /** The same in another thread; `join()` waits for it. */
  async nativeStart(call: NativeCall): Promise<{ join(): Promise<NativeResult> }> {
    const { task } = await this.transport.call('native.start', call);
    return { join: () => this.transport.call('native.join', { task }) };
  }

  /** Runs `body` while the agent's main thread has only these effective capabilities, such as ['bpf', 'perfmon']. */
  async withCaps<T>(effective: readonly string[], body: () => Promise<T>): Promise<T> {
    must('capset', await this.transport.call('caps.set', { effective }));
    try {
      return await body();
    } finally {
      must('capset', await this.transport.call('caps.set', { effective: null }));
    }
  }

  /** A line in the kernel log, for the rows of a big test: a splat's excerpt shows it. */
  async mark(text: string): Promise<void> {
    await this.transport.call('kernel.mark', { text });
  }

  async readFile(path: string): Promise<string> {
    return Buffer.from(must(`read of ${path}`, await this.transport.call('file.read', { path })).data).toString();
  }

  async writeFile(
    path: string,
    data: string | Uint8Array,
    options: { readonly append?: boolean; readonly restore?: boolean } = {},
  ): Promise<void> {
    must(`write of ${path}`, await this.transport.call('file.write', { path, data, ...options }));
  }

  /** Set for this test only: the old value comes back at its end. Dotted name, as sysctl(8) has it. */
  async sysctl(name: string, value: string | number): Promise<void> {
    await this.writeFile(`/proc/sys/${name.replaceAll('.', '/')}`, String(value), { restore: true });
  }

  /** For this test only. */
  async setCpuOnline(cpu: number, online: boolean): Promise<void> {
    await this.writeFile(`/sys/devices/system/cpu/cpu${cpu}/online`, online ? '1' : '0', { restore: true });
  }

  private typeName(type: string | number): string {
    if (typeof type === 'string') return type;
    const entry = Object.entries(this.facts.hello.mapTypes).find(([, number]) => number === type);
    return entry?.[0] ?? String(type);
  }

  /** @internal */
  map(handle: Handle, fd: number, shape: Omit<MapShape, 'possibleCpus'>): BpfMap {
    const { name, type, keySize, valueSize } = shape;
    return new BpfMap(this.transport, handle, fd, {
      name,
      type,
      keySize,
      valueSize,
      possibleCpus: this.facts.hello.possibleCpus,
    });
  }
}

export type { Held };
