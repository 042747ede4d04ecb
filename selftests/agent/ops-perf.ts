import { held, type Handlers } from './context.ts';
import { closeFd, errnoOf, fdOf } from './fds.ts';
import { allocate, foreign, lastErrno, release, toNumber, toPointer } from './koffi.ts';
import { encodePerfAttr, type AttrInput } from './perf-attr.ts';
import type { BufferEvents, Handle, PerfIoctl, RingControl } from './protocol.ts';
import { refuse } from './refuse.ts';

const PAGE_BYTES = 4096;
const PERF_FLAG_FD_CLOEXEC = 8;
const IOCTLS: Readonly<Record<PerfIoctl, bigint>> = {
  enable: 0x2400n,
  disable: 0x2401n,
  refresh: 0x2402n,
  reset: 0x2403n,
  period: 0x40082404n,
  set_output: 0x2405n,
  set_bpf: 0x40042408n,
  pause_output: 0x40042409n,
  id: 0x80082407n,
};

const native = (prototype: string): ReturnType<typeof foreign> => foreign('native', prototype);

/** The event's fd, or -1 with errno. */
export function openPerfEvent(attr: AttrInput, pid: number, cpu: number, group: number, flags: number): number {
  // the name of a kprobe is read during the call, and so has to outlive it
  const name = attr.config1Text === undefined ? null : allocate(attr.config1Text.length);
  if (name !== null)
    foreign('c', 'void *memcpy(void *to, void *from, size_t n)')(
      name,
      attr.config1Text,
      BigInt(attr.config1Text?.length ?? 0),
    );
  try {
    const bytes = encodePerfAttr(name === null ? attr : { ...attr, config1: name });
    return toNumber(
      native('int nat_perf_event_open(void *attr, int pid, int cpu, int group, uint64_t flags)')(
        bytes,
        pid,
        cpu,
        group,
        BigInt(flags | PERF_FLAG_FD_CLOEXEC),
      ),
    );
  } finally {
    if (name !== null) release(name);
  }
}

function ringOf(handle: Handle): bigint {
  const { pointer } = held.get(handle, 'ring');
  if (pointer === null) throw new Error('no ring');
  return pointer;
}

function control(base: bigint): RingControl {
  const out = Buffer.alloc(32);
  native('void nat_ring_control(void *base, void *out)')(base, out);
  const value = (index: number): bigint => out.readBigUInt64LE(index * 8);
  return { dataHead: value(0), dataTail: value(1), dataOffset: value(2), dataSize: value(3) };
}

function takeEvents(handle: Handle, prototype: string, ...args: unknown[]): BufferEvents {
  const buffer = held.get(handle, 'buffer').pointer;
  const result = toNumber(native(prototype)(buffer, ...args));
  const used = toNumber(native('uint64_t nat_buffer_used(void *b)')(buffer));
  const bytes = Buffer.alloc(used);
  if (used > 0) native('void nat_buffer_take(void *b, void *out)')(buffer, bytes);
  return { result, bytes };
}

function holdBuffer(pointer: bigint): Handle {
  return held.add('buffer', { pointer }, () => {
    native('void nat_buffer_close(void *b)')(pointer);
    return 0;
  });
}

const fdArray = (events: readonly Handle[]): Int32Array => Int32Array.from(events.map((event) => fdOf(event)));

export const perfOps: Handlers<
  | 'perf.open'
  | 'perf.ioctl'
  | 'perf.mmap'
  | 'perf.control'
  | 'perf.read'
  | 'perf.setTail'
  | 'perf.count'
  | 'perf.poll'
  | 'perf.watch'
  | 'perf.wakeups'
  | 'perfbuf.open'
  | 'ringbuf.open'
  | 'buffer.poll'
  | 'buffer.consume'
> = {
  'perf.open': ({ attr, pid, cpu, group, flags }) => {
    const fd = openPerfEvent(attr, pid, cpu, group === undefined ? -1 : fdOf(group, 'event'), flags ?? 0);
    if (fd < 0) return refuse(lastErrno(), 'perf_event_open');
    return { ok: true, handle: held.add('event', { fd }, () => closeFd(fd)), fd };
  },
  'perf.ioctl': ({ event, request, arg, other }) => {
    const room = Buffer.alloc(8);
    const value = other !== undefined ? BigInt(fdOf(other)) : (arg ?? 0n);
    room.writeBigUInt64LE(BigInt.asUintN(64, value));
    const indirect = request === 'period' || request === 'id';
    const prototype = indirect
      ? 'int nat_ioctl(int fd, uint64_t request, void *arg)'
      : 'int nat_ioctl(int fd, uint64_t request, int64_t arg)';
    const result = toNumber(native(prototype)(fdOf(event, 'event'), IOCTLS[request], indirect ? room : value));
    if (result < 0) return refuse(lastErrno(), `ioctl ${request}`);
    return { ok: true, value: request === 'id' ? Number(room.readBigUInt64LE()) : result };
  },
  'perf.mmap': ({ event, pages, readOnly }) => {
    const size = (pages + 1) * PAGE_BYTES;
    const base = toPointer(
      native('void *nat_ring_map(int fd, uint64_t bytes, int ro)')(
        fdOf(event, 'event'),
        BigInt(size),
        readOnly === true ? 1 : 0,
      ),
    );
    if (base === null) return refuse(lastErrno(), `mmap of ${pages} pages`);
    const ring = held.add('ring', { pointer: base, size }, () =>
      errnoOf(native('int nat_ring_unmap(void *base, uint64_t bytes)')(base, BigInt(size))),
    );
    return { ok: true, ring };
  },
  'perf.control': ({ ring }) => control(ringOf(ring)),
  'perf.read': ({ ring, maxBytes, consume }) => {
    const base = ringOf(ring);
    const before = control(base);
    const room = Math.min(maxBytes, Number(BigInt.asUintN(64, before.dataSize)));
    const out = Buffer.alloc(room);
    const start = Buffer.alloc(8);
    const used = toNumber(
      native('uint64_t nat_ring_read(void *base, void *out, uint64_t room, int consume, void *start)')(
        base,
        out,
        BigInt(room),
        consume ? 1 : 0,
        start,
      ),
    );
    return { ...control(base), start: start.readBigUInt64LE(), bytes: out.subarray(0, used) };
  },
  'perf.setTail': ({ ring, tail }) => {
    native('void nat_ring_set_tail(void *base, uint64_t tail)')(ringOf(ring), tail);
    return {};
  },
  'perf.count': ({ event }) => {
    const out = Buffer.alloc(256);
    const n = toNumber(
      foreign('c', 'int64_t read(int fd, void *out, size_t n)')(fdOf(event, 'event'), out, BigInt(out.length)),
    );
    if (n < 0) return refuse(lastErrno(), 'read');
    return { ok: true, values: Array.from({ length: n / 8 }, (_, i) => out.readBigUInt64LE(i * 8)) };
  },
  'perf.poll': async ({ events, timeoutMs }) => {
    const ready = Buffer.alloc(events.length * 4);
    const poll = native('int nat_poll(void *fds, void *ready, uint32_t count, int timeout)');
    const n = toNumber(poll(fdArray(events), ready, events.length, timeoutMs));
    if (n < 0) return refuse(lastErrno(), 'poll');
    return { ok: true, ready: events.filter((_, i) => ready.readInt32LE(i * 4) !== 0) };
  },
  'perf.watch': ({ events }) => {
    const pointer = toPointer(
      native('void *nat_watch_start(void *fds, uint32_t count)')(fdArray(events), events.length),
    );
    if (pointer === null) throw new Error(`no watcher: errno ${lastErrno()}`);
    const watcher = held.add('watcher', { pointer, size: events.length }, () => {
      native('void nat_watch_stop(void *w)')(pointer);
      return 0;
    });
    return { watcher };
  },
  'perf.wakeups': async ({ watcher, stop }) => {
    const { pointer, size } = held.get(watcher, 'watcher');
    const out = Buffer.alloc(size * 4);
    native('void nat_watch_counts(void *w, void *out)')(pointer, out);
    if (stop) await held.release(watcher);
    return { counts: Array.from({ length: size }, (_, i) => out.readUInt32LE(i * 4)) };
  },
  'perfbuf.open': ({ map, pages, attr, cpus }) => {
    const list = cpus === undefined ? null : Int32Array.from(cpus);
    const pointer = toPointer(
      native('void *nat_perfbuf_open(int map, uint64_t pages, void *attr, void *cpus, int count)')(
        fdOf(map, 'map'),
        BigInt(pages),
        attr === undefined ? null : encodePerfAttr(attr),
        list,
        list?.length ?? 0,
      ),
    );
    return pointer === null ? refuse(lastErrno(), 'perf_buffer__new') : { ok: true, buffer: holdBuffer(pointer) };
  },
  'ringbuf.open': ({ map }) => {
    const pointer = toPointer(native('void *nat_ringbuf_open(int map)')(fdOf(map, 'map')));
    return pointer === null ? refuse(lastErrno(), 'ring_buffer__new') : { ok: true, buffer: holdBuffer(pointer) };
  },
  'buffer.poll': ({ buffer, timeoutMs }) => takeEvents(buffer, 'int nat_buffer_poll(void *b, int timeout)', timeoutMs),
  'buffer.consume': ({ buffer }) => takeEvents(buffer, 'int nat_buffer_consume(void *b)'),
};
