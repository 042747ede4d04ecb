import { held, type Handlers } from './context.ts';
import { fdOf, holdObjectFd } from './fds.ts';
import { allocate, foreign, lastErrno, release, textAt, toBigint, toNumber, toPointer, type Pointer } from './koffi.ts';
import { nameOf, numberOf } from './names.ts';
import type { LoadOutcome, MapFacts, MapSettings, ObjectSettings, ProgramFacts, ProgramSettings } from './protocol.ts';
import { refuse } from './refuse.ts';

/** Too small a buffer turns every refusal into ENOSPC; what is not written to costs nothing. */
const DEFAULT_LOG_BYTES = 4 * 1024 * 1024;
const LIBBPF_LOG_BYTES = 1024 * 1024;

const bpf = (prototype: string): ReturnType<typeof foreign> => foreign('bpf', prototype);
const text = (prototype: string, pointer: Pointer): string => {
  const found = toPointer(bpf(prototype)(pointer));
  return found === null ? '' : textAt(found);
};
const count = (prototype: string, pointer: Pointer): number => toNumber(bpf(prototype)(pointer));

/** What libbpf printed since the last time. */
export function takeLibbpfLog(): string {
  const room = Buffer.alloc(LIBBPF_LOG_BYTES);
  const used = toNumber(
    foreign('native', 'uint64_t nat_log_take(void *out, uint64_t room)')(room, BigInt(room.length)),
  );
  return room.toString('utf8', 0, used);
}

function* each(prototype: string, object: Pointer): Generator<Pointer> {
  let last: Pointer | null = null;
  for (;;) {
    last = toPointer(bpf(prototype)(object, last));
    if (last === null) return;
    yield last;
  }
}
export const programsOf = (object: Pointer): Generator<Pointer> =>
  each('void *bpf_object__next_program(void *obj, void *last)', object);
const mapsOf = (object: Pointer): Generator<Pointer> =>
  each('void *bpf_object__next_map(void *obj, void *last)', object);
const programName = (program: Pointer): string => text('void *bpf_program__name(void *p)', program);
const mapName = (map: Pointer): string => text('void *bpf_map__name(void *m)', map);

function programFacts(program: Pointer): ProgramFacts {
  return {
    name: programName(program),
    section: text('void *bpf_program__section_name(void *p)', program),
    type: nameOf('prog', count('int bpf_program__type(void *p)', program)),
    insnCount: count('size_t bpf_program__insn_cnt(void *p)', program),
    autoload: Boolean(bpf('bool bpf_program__autoload(void *p)')(program)),
  };
}

function mapFacts(map: Pointer): MapFacts {
  return {
    name: mapName(map),
    type: nameOf('map', count('int bpf_map__type(void *m)', map)),
    keySize: count('uint32_t bpf_map__key_size(void *m)', map),
    valueSize: count('uint32_t bpf_map__value_size(void *m)', map),
    maxEntries: count('uint32_t bpf_map__max_entries(void *m)', map),
    flags: count('uint32_t bpf_map__map_flags(void *m)', map),
    mapExtra: toBigint(bpf('uint64_t bpf_map__map_extra(void *m)')(map)),
  };
}

function check(what: string, result: unknown): void {
  const errno = toNumber(result);
  if (errno < 0) throw new Error(`${what}: errno ${-errno}`);
}

function applyToProgram(program: Pointer, name: string, s: ProgramSettings): void {
  if (s.autoload !== undefined)
    check(`${name}: autoload`, bpf('int bpf_program__set_autoload(void *p, bool on)')(program, s.autoload));
  if (s.type !== undefined)
    check(`${name}: type`, bpf('int bpf_program__set_type(void *p, int type)')(program, numberOf('prog', s.type)));
  if (s.expectedAttachType !== undefined) {
    check(
      `${name}: attach type`,
      bpf('int bpf_program__set_expected_attach_type(void *p, int type)')(
        program,
        numberOf('attach', s.expectedAttachType),
      ),
    );
  }
  if (s.attachTarget !== undefined) {
    const target = s.attachTarget.prog === undefined ? 0 : fdOf(s.attachTarget.prog, 'prog');
    check(
      `${name}: attach target`,
      bpf('int bpf_program__set_attach_target(void *p, int fd, const char *func)')(
        program,
        target,
        s.attachTarget.func,
      ),
    );
  }
  if (s.flags !== undefined)
    check(`${name}: flags`, bpf('int bpf_program__set_flags(void *p, uint32_t flags)')(program, s.flags));
}

function applyToMap(map: Pointer, name: string, s: MapSettings): void {
  if (s.autocreate !== undefined)
    check(`${name}: autocreate`, bpf('int bpf_map__set_autocreate(void *m, bool on)')(map, s.autocreate));
  if (s.type !== undefined)
    check(`${name}: type`, bpf('int bpf_map__set_type(void *m, int type)')(map, numberOf('map', s.type)));
  if (s.keySize !== undefined)
    check(`${name}: key size`, bpf('int bpf_map__set_key_size(void *m, uint32_t n)')(map, s.keySize));
  if (s.valueSize !== undefined)
    check(`${name}: value size`, bpf('int bpf_map__set_value_size(void *m, uint32_t n)')(map, s.valueSize));
  if (s.maxEntries !== undefined)
    check(`${name}: max entries`, bpf('int bpf_map__set_max_entries(void *m, uint32_t n)')(map, s.maxEntries));
  if (s.flags !== undefined)
    check(`${name}: flags`, bpf('int bpf_map__set_map_flags(void *m, uint32_t n)')(map, s.flags));
  if (s.mapExtra !== undefined)
    check(`${name}: map_extra`, bpf('int bpf_map__set_map_extra(void *m, uint64_t n)')(map, s.mapExtra));
  if (s.inner !== undefined)
    check(`${name}: inner map`, bpf('int bpf_map__set_inner_map_fd(void *m, int fd)')(map, fdOf(s.inner, 'map')));
  if (s.reuse !== undefined)
    check(`${name}: reuse`, bpf('int bpf_map__reuse_fd(void *m, int fd)')(map, fdOf(s.reuse, 'map')));
  if (s.initial !== undefined) {
    const size = Buffer.alloc(8);
    const memory = toPointer(bpf('void *bpf_map__initial_value(void *m, void *size)')(map, size));
    if (memory === null) throw new Error(`${name} has no initial value`);
    const room = Number(size.readBigUInt64LE());
    if (s.initial.length > room) throw new Error(`${name}: ${s.initial.length} bytes for ${room}`);
    foreign('c', 'void *memcpy(void *to, void *from, size_t n)')(memory, s.initial, BigInt(s.initial.length));
  }
}

function configure(
  programs: ReadonlyMap<string, Pointer>,
  maps: ReadonlyMap<string, Pointer>,
  settings: ObjectSettings,
): void {
  if (settings.only !== undefined) {
    for (const name of settings.only)
      if (!programs.has(name)) throw new Error(`no program ${name} among ${[...programs.keys()].join(', ')}`);
    for (const [name, program] of programs) applyToProgram(program, name, { autoload: settings.only.includes(name) });
  }
  for (const [name, s] of Object.entries(settings.programs ?? {})) {
    const program = programs.get(name);
    if (program === undefined) throw new Error(`no program ${name} among ${[...programs.keys()].join(', ')}`);
    applyToProgram(program, name, s);
  }
  for (const [name, s] of Object.entries(settings.maps ?? {})) {
    const map = maps.get(name) ?? [...maps].find(([full]) => name.startsWith('.') && full.endsWith(name))?.[1];
    if (map === undefined) throw new Error(`no map ${name} among ${[...maps.keys()].join(', ')}`);
    applyToMap(map, name, s);
  }
}

function load(object: Pointer, settings: ObjectSettings): LoadOutcome {
  const programs = new Map([...programsOf(object)].map((program) => [programName(program), program]));
  const maps = new Map([...mapsOf(object)].map((map) => [mapName(map), map]));
  configure(programs, maps, settings);
  const wanted = [...programs].filter(([, program]) => Boolean(bpf('bool bpf_program__autoload(void *p)')(program)));
  const logBytes = settings.logSize ?? DEFAULT_LOG_BYTES;
  const logs = new Map<string, Pointer>();
  for (const [name, program] of wanted) {
    const log = allocate(logBytes);
    logs.set(name, log);
    check(
      `${name}: log`,
      bpf('int bpf_program__set_log_buf(void *p, void *buf, size_t n)')(program, log, BigInt(logBytes)),
    );
    check(
      `${name}: log level`,
      bpf('int bpf_program__set_log_level(void *p, uint32_t n)')(
        program,
        settings.programs?.[name]?.logLevel ?? settings.logLevel ?? 0,
      ),
    );
  }
  takeLibbpfLog();
  try {
    const errno = -toNumber(bpf('int bpf_object__load(void *obj)')(object));
    const libbpfLog = takeLibbpfLog();
    if (errno !== 0)
      return refusedLoad(
        errno,
        libbpfLog,
        wanted.map(([name]) => name),
        logs,
      );
    return {
      ok: true,
      libbpfLog,
      programs: Object.fromEntries(
        wanted.map(([name, program]) => {
          const fd = count('int bpf_program__fd(void *p)', program);
          return [name, { ...holdObjectFd('prog', fd, program), log: textAt(logs.get(name) ?? 0n) }];
        }),
      ),
      maps: Object.fromEntries(
        [...maps]
          .filter(([, map]) => count('int bpf_map__fd(void *m)', map) >= 0)
          .map(([name, map]) => {
            return [name, { ...holdObjectFd('map', count('int bpf_map__fd(void *m)', map), map), ...mapFacts(map) }];
          }),
      ),
    };
  } finally {
    for (const [name, program] of wanted) {
      bpf('int bpf_program__set_log_buf(void *p, void *buf, size_t n)')(program, null, 0n);
      release(logs.get(name) ?? 0n);
    }
  }
}

/** libbpf names the program that was refused; a map or a relocation can fail without one. */
function refusedLoad(
  errno: number,
  libbpfLog: string,
  wanted: readonly string[],
  logs: ReadonlyMap<string, Pointer>,
): LoadOutcome {
  const named = /^libbpf: prog '([^']+)': /m.exec(libbpfLog)?.[1];
  const program = named ?? (wanted.length === 1 ? (wanted[0] ?? '') : '');
  const log = logs.has(program) ? textAt(logs.get(program) ?? 0n) : '';
  const message = program === '' ? 'the object was refused' : `program ${program} was refused`;
  return { ...refuse(errno, message, log === '' ? libbpfLog : log), program, libbpfLog };
}

export const objectOps: Handlers<'obj.open' | 'obj.load'> = {
  'obj.open': ({ path }) => {
    takeLibbpfLog();
    const object = toPointer(bpf('void *bpf_object__open_file(const char *path, void *opts)')(path, null));
    if (object === null) return refuse(lastErrno(), `cannot open ${path}`, takeLibbpfLog());
    const obj = held.add('object', { pointer: object }, () => {
      bpf('void bpf_object__close(void *obj)')(object);
      return 0;
    });
    return {
      ok: true,
      obj,
      programs: [...programsOf(object)].map(programFacts),
      maps: [...mapsOf(object)].map(mapFacts),
    };
  },
  'obj.load': ({ obj, settings }) => {
    const object = held.get(obj, 'object').pointer;
    if (object === null) throw new Error('no object');
    return load(object, settings);
  },
};
