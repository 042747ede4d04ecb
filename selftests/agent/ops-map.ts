import type { Handlers } from './context.ts';
import { errnoOf, fdOf, holdFd } from './fds.ts';
import { foreign, toNumber } from './koffi.ts';
import { numberOf } from './names.ts';
import type { Entry } from './protocol.ts';
import { errnoName, refuse } from './refuse.ts';

const bpf = (prototype: string): ReturnType<typeof foreign> => foreign('bpf', prototype);
const LOOKUP = 'int bpf_map_lookup_elem_flags(int fd, void *key, void *value, uint64_t flags)';

export const mapOps: Handlers<
  'map.create' | 'map.info' | 'map.lookup' | 'map.update' | 'map.delete' | 'map.entries' | 'map.freeze'
> = {
  'map.create': (spec) => {
    const fd = toNumber(
      foreign(
        'native',
        'int nat_map_create(uint32_t type, const char *name, uint32_t k, uint32_t v, uint32_t n, ' +
          'uint32_t flags, uint64_t extra, uint32_t inner)',
      )(
        numberOf('map', spec.type),
        spec.name ?? '',
        spec.keySize ?? 4,
        spec.valueSize ?? 4,
        spec.maxEntries ?? 1,
        spec.flags ?? 0,
        spec.mapExtra ?? 0n,
        spec.inner === undefined ? 0 : fdOf(spec.inner, 'map'),
      ),
    );
    return fd < 0 ? refuse(errnoOf(fd), `map ${spec.name ?? ''} (${spec.type})`) : { ok: true, ...holdFd('map', fd) };
  },
  'map.info': ({ map }) => {
    const out = Buffer.alloc(8 * 8);
    const name = Buffer.alloc(16);
    const errno = errnoOf(
      foreign('native', 'int nat_map_info(int fd, void *out, void *name)')(fdOf(map, 'map'), out, name),
    );
    if (errno !== 0) throw new Error(`BPF_OBJ_GET_INFO_BY_FD: ${errnoName(errno)}`);
    const number = (index: number): number => Number(out.readBigUInt64LE(index * 8));
    return {
      type: number(0),
      id: number(1),
      keySize: number(2),
      valueSize: number(3),
      maxEntries: number(4),
      flags: number(5),
      mapExtra: out.readBigUInt64LE(48),
      name: name.toString('latin1').replace(/\0.*$/s, ''),
    };
  },
  'map.lookup': ({ map, key, valueBytes, flags }) => {
    const value = Buffer.alloc(valueBytes);
    const errno = errnoOf(bpf(LOOKUP)(fdOf(map, 'map'), key, value, flags ?? 0n));
    return errno === 0 ? { ok: true, value } : refuse(errno, 'lookup');
  },
  'map.update': ({ map, entries, flags }) => {
    const update = bpf('int bpf_map_update_elem(int fd, void *key, void *value, uint64_t flags)');
    const fd = fdOf(map, 'map');
    for (const { key, value } of entries) {
      const errno = errnoOf(update(fd, key, value, flags ?? 0n));
      if (errno !== 0) return refuse(errno, 'update');
    }
    return { ok: true, updated: entries.length };
  },
  'map.delete': ({ map, keys }) => {
    const remove = bpf('int bpf_map_delete_elem(int fd, void *key)');
    const fd = fdOf(map, 'map');
    for (const key of keys) {
      const errno = errnoOf(remove(fd, key));
      if (errno !== 0) return refuse(errno, 'delete');
    }
    return { ok: true, deleted: keys.length };
  },
  'map.entries': ({ map, keyBytes, valueBytes, limit }) => {
    const fd = fdOf(map, 'map');
    const nextKey = bpf('int bpf_map_get_next_key(int fd, void *key, void *next)');
    const entries: Entry[] = [];
    let last: Uint8Array | null = null;
    while (entries.length < limit) {
      const key = Buffer.alloc(keyBytes);
      if (errnoOf(nextKey(fd, last, key)) !== 0) break;
      const value = Buffer.alloc(valueBytes);
      // an element may go between the two calls
      if (errnoOf(bpf(LOOKUP)(fd, key, value, 0n)) === 0) entries.push({ key, value });
      last = key;
    }
    return { entries };
  },
  'map.freeze': ({ map }) => {
    const errno = errnoOf(bpf('int bpf_map_freeze(int fd)')(fdOf(map, 'map')));
    return errno === 0 ? { ok: true } : refuse(errno, 'freeze');
  },
};
