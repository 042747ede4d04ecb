/** What the agent does with descriptors, errors and names; against the C library of this machine. */
import { closeSync, openSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { held } from './context.ts';
import { closeFd, errnoOf, fdOf, holdFd, holdObjectFd } from './fds.ts';
import { nameOf, numberOf, readNames, type NameTables } from './names.ts';
import { errnoName, refuse } from './refuse.ts';

const EBADF = 9;
const behind = (fd: number): string | undefined => {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return undefined;
  }
};

t.test('a descriptor of our own is closed with its scope, and one that is closed already is a problem', async (t) => {
  const file = join(t.testdir({ file: 'text' }), 'file');
  held.begin('test');
  const { handle, fd } = holdFd('map', openSync(file, 'r'));
  t.equal(fdOf(handle, 'map', 'prog'), fd);
  t.throws(() => fdOf(handle, 'prog'), /is a map, not a prog/);
  t.strictSame(await held.end('test'), { released: 1, problems: [] });
  t.equal(behind(fd), undefined);
  t.equal(closeFd(fd), EBADF);
  held.begin('test');
  const again = holdFd('map', openSync(file, 'r'));
  closeSync(again.fd);
  t.strictSame(await held.end('test'), { released: 1, problems: [`release of map ${again.handle}: errno ${EBADF}`] });
});

t.test('of a descriptor that libbpf will close, only what is behind it goes', async (t) => {
  const file = join(t.testdir({ file: 'text' }), 'file');
  const fd = openSync(file, 'r+');
  const { handle } = holdObjectFd('map', fd, 7n);
  t.equal(held.get(handle).pointer, 7n);
  t.equal(await held.release(handle), 0);
  t.equal(behind(fd), '/dev/null', 'this number is not given away before libbpf closes it');
  t.match(
    readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'),
    /^flags:\t0?[0-7]*2[0-7]{6}$/m,
    "closed on exec, as libbpf's own",
  );
  writeFileSync(fd, 'lost');
  t.equal(readFileSync(file, 'utf8'), 'text');
  t.equal(closeFd(fd), 0);
  t.equal(await held.release(holdObjectFd('map', 1 << 20, 7n).handle), EBADF, 'no such descriptor can be');
});

t.test('an error by the number that a call returned, a row each', async (t) => {
  t.equal(errnoOf(0), 0);
  t.equal(errnoOf(7), 0, 'a descriptor');
  t.equal(errnoOf(-22), 22, 'libbpf returns it negated');
  t.equal(errnoOf(-524n), 524);
  // nothing in between: an assertion makes system calls of its own
  const [returned, left] = [closeFd(1 << 20), errnoOf(-1)];
  t.equal(returned, EBADF);
  t.equal(left, EBADF, 'the C library returns -1, and leaves it in errno');
});

t.test('names of errors: the usual one of two, and those that only the kernel has', async (t) => {
  for (const [errno, name] of [
    [1, 'EPERM'],
    [11, 'EAGAIN'],
    [22, 'EINVAL'],
    [35, 'EDEADLK'],
    [95, 'EOPNOTSUPP'],
    [524, 'ENOTSUPP'],
    [4000, 'E4000'],
  ] as const)
    t.equal(errnoName(errno), name);
  t.strictSame(refuse(13, 'load of x', 'R1 is not'), {
    ok: false,
    errno: 13,
    code: 'EACCES',
    message: 'load of x',
    log: 'R1 is not',
  });
  t.equal(refuse(13, 'load of x').log, '');
});

t.test("names of types are the library's own, up to the last one", async (t) => {
  const names = ['unspec', 'socket_filter', 'kprobe'];
  const looked: number[] = [];
  t.strictSame(
    readNames((number) => (looked.push(number), names[number] ?? null)),
    { unspec: 0, socket_filter: 1, kprobe: 2 },
  );
  t.strictSame(looked, [0, 1, 2, 3]);
  t.equal(Object.keys(readNames((number) => `type ${number}`)).length, 128, 'a library that knows no end');
  const asked: string[] = [];
  const known = (): NameTables => (
    asked.push('asked'), { prog: { kprobe: 2 }, map: { array: 2 }, attach: { cgroup_inet_ingress: 0 } }
  );
  t.equal(numberOf('prog', 'kprobe', known), 2);
  t.equal(numberOf('attach', 'cgroup_inet_ingress', known), 0);
  t.equal(asked.length, 2);
  t.equal(numberOf('prog', 99, known), 99, 'a number need not be known');
  t.equal(asked.length, 2, 'and the library is not asked');
  for (const name of ['array', 'toString'])
    t.throws(() => numberOf('prog', name, known), new Error(`libbpf knows no prog type ${name}`));
  t.equal(nameOf('map', 2, known), 'array');
  t.equal(nameOf('prog', 3, known), '3', 'a type that the library has no name for');
});
