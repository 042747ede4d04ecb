import { readFileSync } from 'node:fs';
import { held, type Handlers } from './context.ts';
import { closeFd, errnoOf, fdOf, holdFd } from './fds.ts';
import { foreign, lastErrno, toNumber, toPointer, type Pointer } from './koffi.ts';
import { openPerfEvent } from './ops-perf.ts';
import { takeLibbpfLog } from './ops-object.ts';
import { findBtf } from './ops-prog.ts';
import type { Attachment, FdHandle, Outcome } from './protocol.ts';
import { refuse } from './refuse.ts';

const KPROBE_MODES = { default: 0, legacy: 1, perf: 2, link: 3 } as const;
const ALL_PIDS = -1;
const PERF_TYPE_TRACEPOINT = 2;

const native = (prototype: string): ReturnType<typeof foreign> => foreign('native', prototype);

/** libbpf's attach functions, for programs of an object. */
function attach(prog: Pointer, to: Attachment): unknown {
  switch (to.kind) {
    case 'auto':
      return foreign('bpf', 'void *bpf_program__attach(void *p)')(prog);
    case 'kprobe':
      return native(
        'void *nat_attach_kprobe(void *p, const char *func, uint64_t offset, int ret, uint64_t cookie, int mode)',
      )(
        prog,
        to.func,
        BigInt(to.offset ?? 0),
        to.ret === true ? 1 : 0,
        to.cookie ?? 0n,
        KPROBE_MODES[to.mode ?? 'default'],
      );
    case 'uprobe':
      return native(
        'void *nat_attach_uprobe(void *p, int pid, const char *path, const char *func, uint64_t offset, ' +
          'int ret, uint64_t cookie)',
      )(
        prog,
        to.pid ?? ALL_PIDS,
        to.path,
        to.func ?? null,
        BigInt(to.offset ?? 0),
        to.ret === true ? 1 : 0,
        to.cookie ?? 0n,
      );
    case 'tracepoint':
      return native('void *nat_attach_tracepoint(void *p, const char *category, const char *name, uint64_t cookie)')(
        prog,
        to.category,
        to.name,
        to.cookie ?? 0n,
      );
    case 'raw_tracepoint':
      return native('void *nat_attach_raw_tracepoint(void *p, const char *name, uint64_t cookie)')(
        prog,
        to.name,
        to.cookie ?? 0n,
      );
    case 'perf_event':
      return native('void *nat_attach_perf_event(void *p, int fd, uint64_t cookie)')(
        prog,
        ownFd(to.event),
        to.cookie ?? 0n,
      );
    case 'trace':
      return native('void *nat_attach_trace(void *p, uint64_t cookie)')(prog, to.cookie ?? 0n);
    case 'trace_multi':
      return native('void *nat_attach_trace_multi(void *p, void *ids, void *cookies, uint64_t count)')(
        prog,
        Uint32Array.from(to.funcs, functionId),
        to.cookies === undefined ? null : BigUint64Array.from(to.cookies),
        BigInt(to.funcs.length),
      );
    case 'freplace':
      return native('void *nat_attach_freplace(void *p, int fd, const char *func)')(
        prog,
        fdOf(to.target, 'prog'),
        to.func,
      );
    case 'kprobe_multi': {
      const cookies = to.cookies === undefined ? null : BigUint64Array.from(to.cookies);
      return native(
        'void *nat_attach_kprobe_multi(void *p, const char *pattern, const char **syms, void *cookies, ' +
          'uint64_t count, int ret, int session)',
      )(
        prog,
        to.pattern ?? null,
        to.syms === undefined ? null : [...to.syms],
        cookies,
        BigInt(to.syms?.length ?? 0),
        to.ret === true ? 1 : 0,
        to.session === true ? 1 : 0,
      );
    }
    case 'usdt':
      return native(
        'void *nat_attach_usdt(void *p, const char *path, const char *provider, const char *name, uint64_t cookie)',
      )(prog, to.path, to.provider, to.name, to.cookie ?? 0n);
    case 'uprobe_session':
      return native(
        'void *nat_attach_uprobe_session(void *p, int pid, const char *path, const char *sym, uint64_t cookie)',
      )(prog, to.pid ?? ALL_PIDS, to.path, to.func, to.cookie ?? 0n);
    case 'uprobe_multi':
      return native(
        'void *nat_attach_uprobe_multi(void *p, int pid, const char *path, const char *pattern, const char *sym, ' +
          'uint64_t cookie, int ret)',
      )(
        prog,
        to.pid ?? ALL_PIDS,
        to.path,
        to.pattern ?? null,
        to.func ?? null,
        to.cookie ?? 0n,
        to.ret === true ? 1 : 0,
      );
  }
}

function functionId(name: string): number {
  const id = findBtf('func', name);
  if (id < 0) throw new Error(`the BTF of the kernel has no function ${name}`);
  return id;
}

/** libbpf closes the event's fd with the link; the caller's handle keeps its own. */
function ownFd(event: number): number {
  const fd = toNumber(foreign('c', 'int dup(int fd)')(fdOf(event, 'event')));
  if (fd < 0) throw new Error(`dup: errno ${lastErrno()}`);
  return fd;
}

/** Programs loaded from raw instructions are only an fd: what can be had with bpf(2) itself. */
function attachRaw(progFd: number, to: Attachment): Outcome<FdHandle> {
  if (to.kind === 'raw_tracepoint')
    return linked(
      native('int nat_link_raw_tracepoint(int fd, const char *name, uint64_t cookie)')(
        progFd,
        to.name,
        to.cookie ?? 0n,
      ),
      to,
    );
  if (to.kind === 'perf_event') return linkEvent(progFd, fdOf(to.event, 'event'), to.cookie, to);
  if (to.kind === 'trace')
    return linked(
      native('int nat_link_raw_tracepoint(int fd, const char *name, uint64_t cookie)')(progFd, null, to.cookie ?? 0n),
      to,
    );
  if (to.kind === 'tracepoint') {
    const id = BigInt(readFileSync(`/sys/kernel/tracing/events/${to.category}/${to.name}/id`, 'utf8').trim());
    return linkOpened({ type: PERF_TYPE_TRACEPOINT, config: id }, progFd, to);
  }
  if (to.kind === 'kprobe') {
    const type = Number(readFileSync('/sys/bus/event_source/devices/kprobe/type', 'utf8'));
    const name = Buffer.from(`${to.func}\0`);
    return linkOpened(
      { type, config: to.ret === true ? 1n : 0n, config1Text: name, config2: BigInt(to.offset ?? 0) },
      progFd,
      to,
    );
  }
  throw new Error(`a program of raw instructions cannot be attached to ${to.kind}`);
}

function linkOpened(
  attr: Parameters<typeof openPerfEvent>[0],
  progFd: number,
  to: Attachment & { readonly cookie?: bigint },
): Outcome<FdHandle> {
  const fd = openPerfEvent(attr, ALL_PIDS, 0, -1, 0);
  if (fd < 0) return refuse(lastErrno(), `perf_event_open for ${to.kind}`);
  const outcome = linkEvent(progFd, fd, to.cookie, to);
  closeFd(fd);
  return outcome;
}

function linkEvent(progFd: number, eventFd: number, cookie: bigint | undefined, to: Attachment): Outcome<FdHandle> {
  return linked(
    native('int nat_link_perf_event(int prog, int event, uint64_t cookie)')(progFd, eventFd, cookie ?? 0n),
    to,
  );
}

function linked(result: unknown, to: Attachment): Outcome<FdHandle> {
  const fd = toNumber(result);
  return fd < 0 ? refuse(errnoOf(fd), `attach to ${to.kind}`, takeLibbpfLog()) : { ok: true, ...holdFd('link', fd) };
}

export const linkOps: Handlers<'link.attach'> = {
  'link.attach': ({ prog, to }) => {
    const resource = held.get(prog, 'prog');
    takeLibbpfLog();
    if (resource.pointer === null) return attachRaw(resource.fd, to);
    const link = toPointer(attach(resource.pointer, to));
    if (link === null) return refuse(lastErrno(), `attach to ${to.kind}`, takeLibbpfLog());
    const handle = held.add(
      'link',
      { pointer: link, fd: toNumber(foreign('bpf', 'int bpf_link__fd(void *l)')(link)) },
      () => {
        return errnoOf(foreign('bpf', 'int bpf_link__destroy(void *l)')(link));
      },
    );
    return { ok: true, handle, fd: held.get(handle).fd };
  },
};
