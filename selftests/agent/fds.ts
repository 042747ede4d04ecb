import { held } from './context.ts';
import { foreign, lastErrno, toNumber } from './koffi.ts';
import type { FdHandle, Handle } from './protocol.ts';

let devNull = -1;

export function closeFd(fd: number): number {
  return toNumber(foreign('c', 'int close(int fd)')(fd)) === 0 ? 0 : lastErrno();
}

/** An fd of our own. */
export function holdFd(kind: string, fd: number): FdHandle {
  return { handle: held.add(kind, { fd }, () => closeFd(fd)), fd };
}

/**
 * An fd that libbpf will close with its object. Releasing it early puts /dev/null in its place: what was behind it
 * loses this reference, and libbpf's own close later hits nothing else.
 */
export function holdObjectFd(kind: string, fd: number, pointer: bigint): FdHandle {
  return { handle: held.add(kind, { fd, pointer }, () => blank(fd)), fd };
}

function blank(fd: number): number {
  if (devNull < 0) devNull = toNumber(foreign('c', 'int open(const char *path, int flags)')('/dev/null', 0o2000002));
  return toNumber(foreign('c', 'int dup3(int from, int to, int flags)')(devNull, fd, 0o2000000)) === fd
    ? 0
    : lastErrno();
}

export function fdOf(handle: Handle, ...kinds: readonly string[]): number {
  return held.get(handle, ...kinds).fd;
}

export function errnoOf(result: unknown): number {
  const number = toNumber(result);
  return number < 0 ? (number === -1 ? lastErrno() : -number) : 0;
}
