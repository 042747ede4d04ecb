import type { Handlers } from './context.ts';
import { held } from './context.ts';
import { errnoOf, fdOf, holdFd } from './fds.ts';
import { foreign, toNumber } from './koffi.ts';
import { numberOf } from './names.ts';
import type { ProgInfo } from './protocol.ts';
import { takeLibbpfLog } from './ops-object.ts';
import { errnoName, refuse } from './refuse.ts';

const DEFAULT_LOG_BYTES = 1024 * 1024;
const MAX_CODE_BYTES = 1024 * 1024;
const MAX_IDS = 256;
const INSN_BYTES = 8;
const BTF_KIND = { func: 12, struct: 4, typedef: 8 } as const;

const native = (prototype: string): ReturnType<typeof foreign> => foreign('native', prototype);

/** In vmlinux; a negative errno where there is none of that name. */
export function findBtf(kind: keyof typeof BTF_KIND, name: string): number {
  return toNumber(native('int nat_btf_find(const char *name, uint32_t kind)')(name, BTF_KIND[kind]));
}

function untilNul(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('latin1', 0, end < 0 ? bytes.length : end);
}

function info(fd: number): ProgInfo {
  const out = Buffer.alloc(16 * 8);
  const texts = Buffer.alloc(24);
  const xlated = Buffer.alloc(MAX_CODE_BYTES);
  const jited = Buffer.alloc(MAX_CODE_BYTES);
  const maps = Buffer.alloc(MAX_IDS * 4);
  const funcs = Buffer.alloc(MAX_IDS * 4);
  const result = native(
    'int nat_prog_info(int fd, void *out, void *texts, void *xlated, uint32_t a, void *jited, uint32_t b, ' +
      'void *maps, uint32_t c, void *funcs, uint32_t d)',
  )(fd, out, texts, xlated, xlated.length, jited, jited.length, maps, MAX_IDS, funcs, MAX_IDS);
  const errno = errnoOf(result);
  if (errno !== 0) throw new Error(`BPF_OBJ_GET_INFO_BY_FD: ${errnoName(errno)}`);
  const value = (index: number): bigint => out.readBigUInt64LE(index * 8);
  const number = (index: number): number => Number(value(index));
  const ids = (from: Buffer, n: number): number[] =>
    Array.from({ length: Math.min(n, MAX_IDS) }, (_, i) => from.readUInt32LE(i * 4));
  return {
    type: number(0),
    id: number(1),
    name: untilNul(texts.subarray(0, 16)),
    tag: texts.subarray(16, 24).toString('hex'),
    jitedLen: number(2),
    xlatedLen: number(3),
    xlated: value(11) === 0n ? new Uint8Array() : Uint8Array.from(xlated.subarray(0, number(3))),
    jited: value(12) === 0n ? new Uint8Array() : Uint8Array.from(jited.subarray(0, number(2))),
    mapIds: ids(maps, number(4)),
    jitedFuncLens: ids(funcs, number(5)),
    runCount: value(6),
    runTimeNs: value(7),
    recursionMisses: value(8),
    verifiedInsns: number(9),
    attachBtfId: number(10),
  };
}

export const progOps: Handlers<
  | 'prog.raw'
  | 'prog.info'
  | 'prog.testRun'
  | 'fd.pin'
  | 'fd.openPinned'
  | 'btf.find'
  | 'probe.progType'
  | 'probe.helper'
> = {
  'prog.raw': (p) => {
    const log = Buffer.alloc(p.logSize ?? DEFAULT_LOG_BYTES);
    const fd = toNumber(
      native(
        'int nat_prog_load(uint32_t type, const char *name, const char *license, void *insns, uint64_t count, ' +
          'uint32_t attach, uint32_t flags, uint32_t btf, int prog, uint32_t level, void *log, uint32_t room)',
      )(
        numberOf('prog', p.type),
        p.name ?? 'raw',
        p.license ?? 'GPL',
        p.insns,
        BigInt(p.insns.length / INSN_BYTES),
        p.expectedAttachType === undefined ? 0 : numberOf('attach', p.expectedAttachType),
        p.flags ?? 0,
        p.attachBtfId ?? 0,
        p.attachProg === undefined ? 0 : fdOf(p.attachProg, 'prog'),
        p.logLevel ?? 0,
        log,
        log.length,
      ),
    );
    if (fd < 0) return refuse(errnoOf(fd), `${p.name ?? 'the program'} was refused`, untilNul(log));
    return { ok: true, ...holdFd('prog', fd), log: untilNul(log) };
  },
  'prog.info': ({ prog }) => info(fdOf(prog, 'prog')),
  'prog.testRun': ({ prog, run }) => {
    const ctxOut = Buffer.alloc(run.ctxSizeOut ?? 0);
    const dataOut = Buffer.alloc(run.dataSizeOut ?? 0);
    const out = Buffer.alloc(16);
    const result = native(
      'int nat_test_run(int fd, void *ci, uint32_t cis, void *co, uint32_t cos, void *di, uint32_t dis, ' +
        'void *do_, uint32_t dos, int repeat, uint32_t flags, uint32_t cpu, void *out)',
    )(
      fdOf(prog, 'prog'),
      run.ctxIn ?? null,
      run.ctxIn?.length ?? 0,
      ctxOut,
      ctxOut.length,
      run.dataIn ?? null,
      run.dataIn?.length ?? 0,
      dataOut,
      dataOut.length,
      run.repeat ?? 0,
      run.flags ?? 0,
      run.cpu ?? 0,
      out,
    );
    const errno = errnoOf(result);
    if (errno !== 0) return refuse(errno, 'BPF_PROG_TEST_RUN');
    return {
      ok: true,
      retval: out.readUInt32LE(0),
      durationNs: out.readUInt32LE(4),
      ctxOut: Uint8Array.from(ctxOut.subarray(0, out.readUInt32LE(8))),
      dataOut: Uint8Array.from(dataOut.subarray(0, out.readUInt32LE(12))),
    };
  },
  'fd.pin': ({ handle, path }) => {
    const errno = errnoOf(foreign('bpf', 'int bpf_obj_pin(int fd, const char *path)')(fdOf(handle), path));
    if (errno !== 0) return refuse(errno, `pin at ${path}`);
    held.add('pin', {}, () => {
      foreign('c', 'int unlink(const char *path)')(path);
      return 0;
    });
    return { ok: true };
  },
  'fd.openPinned': ({ path, kind }) => {
    const fd = toNumber(foreign('bpf', 'int bpf_obj_get(const char *path)')(path));
    return fd < 0 ? refuse(errnoOf(fd), `open of ${path}`) : { ok: true, ...holdFd(kind, fd) };
  },
  'btf.find': ({ kind, name }) => {
    const id = findBtf(kind, name);
    return id < 0 ? refuse(-id, `BTF ${kind} ${name}`, takeLibbpfLog()) : { ok: true, id };
  },
  'probe.progType': ({ type }) => {
    return {
      result: toNumber(
        foreign('bpf', 'int libbpf_probe_bpf_prog_type(int type, void *opts)')(numberOf('prog', type), null),
      ),
    };
  },
  'probe.helper': ({ type, helper }) => {
    return {
      result: toNumber(
        foreign('bpf', 'int libbpf_probe_bpf_helper(int type, int helper, void *opts)')(
          numberOf('prog', type),
          helper,
          null,
        ),
      ),
    };
  },
};
