/** Where temporary files may be. */
import { mkdtempSync, realpathSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { WorkbenchError } from './errors.ts';

/**
 * kbuild's scripts split a path at blanks, vng its options too, and QEMU splits an option at commas; a shell must
 * read nothing into it either.
 */
const PLAIN = /^\/[\w@%+./-]*$/;
/** sun_path has 107 bytes and an end (unix(7)); below the root come a directory, some 20, and a socket's name. */
const SHORT_BYTES = 64;
/** The guest mounts something of its own there, so that nothing of the host's is seen. */
const HIDDEN_IN_GUEST = /^\/(?:dev|proc|run|sys)(?:\/|$)/;
const USUAL = ['/tmp', '/var/tmp'] as const;

type Suits = (path: string) => boolean;

/** What was found out about a directory by making one in it: access(2) says yes to root of /proc, too. */
const known = new Map<string, boolean>();

function isWritable(path: string): boolean {
  const found = known.get(path) ?? tryIt(path);
  known.set(path, found);
  return found;
}

function tryIt(path: string): boolean {
  try {
    rmdirSync(mkdtempSync(join(path, 'dtrace-')));
    return true;
  } catch {
    return false;
  }
}

function choose(preferred: string | undefined, suits: Suits): string {
  const candidates = [...(preferred === undefined ? [] : [preferred]), ...USUAL];
  const found = candidates.find((path) => suits(path) && isWritable(path));
  if (found !== undefined) return found;
  throw new WorkbenchError('E_HOST_READONLY', `no directory for temporary files: tried ${candidates.join(', ')}`, {
    next: 'export TMPDIR=/a/short/path, a directory that can be written',
  });
}

/** The person's TMPDIR, or one that every tool can work with. @throws E_HOST_READONLY when there is none */
export function temporaryRoot(preferred = process.env['TMPDIR']): string {
  return choose(preferred, (path) => PLAIN.test(path));
}

/** The same for sockets, and for what a guest reads. @throws E_HOST_READONLY when there is none */
export function socketRoot(preferred = process.env['TMPDIR']): string {
  return choose(
    preferred,
    (path) => PLAIN.test(path) && Buffer.byteLength(path) <= SHORT_BYTES && !HIDDEN_IN_GUEST.test(realOf(path)),
  );
}

function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
