import { ERRNO_BY_NAME } from './koffi.ts';
import type { Refusal } from './protocol.ts';

const NAME_BY_ERRNO = new Map(Object.entries(ERRNO_BY_NAME).map(([name, number]) => [number, name]));
/** EWOULDBLOCK and its like are aliases; ENOTSUPP is the kernel's own and leaks through bpf(2). */
NAME_BY_ERRNO.set(11, 'EAGAIN');
NAME_BY_ERRNO.set(35, 'EDEADLK');
NAME_BY_ERRNO.set(95, 'EOPNOTSUPP');
NAME_BY_ERRNO.set(524, 'ENOTSUPP');

export function errnoName(errno: number): string {
  return NAME_BY_ERRNO.get(errno) ?? `E${errno}`;
}

export function refuse(errno: number, message: string, log = ''): Refusal {
  return { ok: false, errno, code: errnoName(errno), message, log };
}
