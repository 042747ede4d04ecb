import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Guest } from './client.ts';
import { exec } from '../lib/exec.ts';
import { filesNamedBy, filesOf, firstDifference, otherKernel } from './same-files.ts';
import type { Transport } from './transport.ts';

const digestOf = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');

/** A guest that reads the host's files, but for those that it has other content of. */
function reader(stale: Readonly<Record<string, string>> = {}): {
  readonly transport: Transport;
  readonly asked: string[];
} {
  const asked: string[] = [];
  const call = async (op: string, request: { readonly path: string }): Promise<unknown> => {
    asked.push(`${op} ${request.path}`);
    if (op === 'obj.open') return { ok: true, obj: 1, programs: [], maps: [] };
    if (op === 'exec') return { exitCode: 0 };
    const content = stale[request.path];
    if (content === 'gone') return { sha256: '', error: 'ENOENT' };
    return { sha256: digestOf(content ?? readFileSync(request.path)) };
  };
  return { transport: { call } as Transport, asked };
}

t.test('files that the guest reads as the host wrote them, and others', async (t) => {
  const dir = t.testdir({
    agent: { 'main.js': 'one', 'ops.js': 'two', 'note.txt': '' },
    'libbpf.so': 'lib',
    native: { 'libnative.so': 'nat', workload: 'work' },
  });
  const path = (name: string): string => join(dir, name);
  const files = filesOf({
    node: '/node',
    main: path('agent/main.js'),
    libbpf: path('libbpf.so'),
    nativeLib: path('native/libnative.so'),
  });
  t.strictSame(
    files,
    ['agent/main.js', 'agent/ops.js', 'libbpf.so', 'native/libnative.so', 'native/workload'].map(path),
  );
  t.equal(await firstDifference(reader().transport, files), undefined);
  const stale = await firstDifference(reader({ [path('agent/ops.js')]: 'earlier' }).transport, files);
  t.equal(
    stale,
    `the guest reads another ${path('agent/ops.js')} than the host wrote: sha256 ${digestOf('earlier')}, ` +
      `on the host ${digestOf('two')}`,
  );
  t.match(
    await firstDifference(reader({ [path('libbpf.so')]: 'gone' }).transport, files),
    /libbpf\.so than the host wrote: ENOENT$/,
  );
});

t.test('an object and a tool are compared before they are used, once', async (t) => {
  const dir = t.testdir({ 'a.bpf.o': 'program', dtrace: 'tool' });
  const [object, tool] = [join(dir, 'a.bpf.o'), join(dir, 'dtrace')];
  const facts = { progs: dir, tools: { dtrace: tool } } as never;
  const good = reader();
  const guest = new Guest(good.transport, facts);
  for (let times = 0; times < 2; times++) {
    await guest.open('a');
    await guest.exec([tool]);
    await guest.exec(['/bin/true']);
  }
  t.strictSame(
    good.asked.filter((line) => line.startsWith('file.digest')),
    [`file.digest ${object}`, `file.digest ${tool}`],
  );
  const bad = reader({ [object]: 'earlier' });
  await t.rejects(new Guest(bad.transport, facts).open('a'), /reads another .*a\.bpf\.o than the host wrote/);
  t.notOk(
    bad.asked.some((line) => line.startsWith('obj.open')),
    'what is not the same is not opened',
  );
  writeFileSync(tool, 'newer');
  await t.rejects(new Guest(reader({ [tool]: 'tool' }).transport, facts).exec([tool]), /reads another/);
});

t.test('what a command is told to load is compared, wherever it stands', async (t) => {
  const dir = t.testdir({ 'a.bpf.o': 'program', tool: 'tool', set: { 'b.bpf.o': 'b', 'c.bpf.o': 'c', key: '' } });
  const [object, tool, set] = [join(dir, 'a.bpf.o'), join(dir, 'tool'), join(dir, 'set')];
  const rows: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['an argument', ['env', tool, object], [tool, object]],
    ['a script', ['sh', '-c', `d=/tmp/x; ${tool} -b 64 '${object}' > $d/out & wait`], [tool, object]],
    ['a directory of objects', [tool, set], [tool, join(set, 'b.bpf.o'), join(set, 'c.bpf.o')]],
    [
      'the system, and what only the guest has',
      ['/bin/true', '/usr/bin/env', '/proc/self/stat', join(dir, 'of-the-guest'), '3'],
      [],
    ],
  ];
  for (const [says, words, files] of rows) t.strictSame(filesNamedBy(words).sort(), [...files].sort(), says);
  const stale = { [join(set, 'c.bpf.o')]: 'earlier' };
  const runs = (run: (guest: Guest) => Promise<unknown>): Promise<unknown> =>
    run(new Guest(reader(stale).transport, { progs: dir, tools: {} } as never));
  await t.rejects(
    runs((guest) => guest.exec([tool, set])),
    /reads another .*c\.bpf\.o than the host wrote/,
  );
  await t.rejects(
    runs((guest) => guest.spawn(['env', tool], { env: { BENCH_TOOL: join(set, 'c.bpf.o') } })),
    /reads another .*c\.bpf\.o/,
  );
  await t.resolves(runs((guest) => guest.exec([tool, object])));
});

t.test('a kernel that runs, and another one than was linked', async (t) => {
  const [, buildId = ''] = /Build ID: (\w+)/.exec((await exec(['readelf', '--notes', '/bin/sh'])).stdout) ?? [];
  t.match(buildId, /^[0-9a-f]{40}$/);
  const running = (answer: unknown): Transport => ({ call: async () => answer }) as unknown as Transport;
  const notes = (id: string): Transport =>
    running({ ok: true, data: Buffer.from(`040000001400000003000000474e5500${id}`, 'hex') });
  t.equal(await otherKernel(notes(buildId), '/bin/sh'), undefined);
  const other = buildId.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
  t.equal(
    await otherKernel(notes(other), '/bin/sh'),
    `the guest runs another kernel than /bin/sh, whose build id is ${buildId}: remove /bin and build again`,
  );
  t.match(await otherKernel(running({ ok: false, message: 'ENOENT' }), '/bin/sh'), /cannot read .*notes: ENOENT$/);
  const dir = t.testdir({ vmlinux: 'no ELF' });
  await t.rejects(otherKernel(notes(buildId), join(dir, 'vmlinux')), { code: 'E_EXEC' });
});
