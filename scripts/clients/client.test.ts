import t from 'tap';
import type { KernelTest } from '../records/regress.ts';
import { printed, sample } from '../testing/perf-data.ts';
import { BCC } from './bcc.ts';
import { leavesOf, readDump, readList } from './bpftool.ts';
import { BPFTOOL } from './bpftool.ts';
import { BPFTRACE } from './bpftrace.ts';
import type { Client, Read } from './client.ts';
import { readSuite } from './dtrace.ts';
import { PERF } from './perf.ts';

/** What a client makes of an output: names of results that are not good, with why. */
function red(clients: readonly Client[], name: string, text: string): string[] {
  const client = clients.find((one) => one.name === name);
  if (client === undefined) throw new Error(`no client ${name}`);
  const read = client.read(text);
  return [
    ...(read.length === 0 ? ['nothing was read'] : []),
    ...read.filter(({ status }) => status !== 'passed').map(({ name: what, why }) => `${what}: ${why}`),
  ];
}

const events = (numbers: readonly number[]): string => numbers.map((number) => `event ${number}\n`).join('');
const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at);
/** As bpftrace says it. */
const LOST = 'Lost 3763 events\nWARNING: Total lost event count: 3763\n';

t.test('what is seen of outputs, a row each: good, and each way in which it is not', async (t) => {
  const five = events(upTo(5003));
  const data = printed([sample()]);
  const rows: [clients: readonly Client[], name: string, text: string, red: RegExp[]][] = [
    [BPFTRACE, 'kprobe', 'Attached 1 probe\n\n\n@n: 5003\n', []],
    [BPFTRACE, 'kprobe', '@n: 4999\n', [/4999 of 5000 calls/]],
    [BPFTRACE, 'kprobe', '', [/NaN of 5000/]],
    [BPFTRACE, 'tracepoint', '@n: 5004\n@size:\n[1]       5000 |@@@@|\n[512, 1K)   3 |\n', []],
    [BPFTRACE, 'tracepoint', '@n: 5004\n@size:\n[1]       50 |@@@@|\n', [/50 of 5000/]],
    [BPFTRACE, 'interval', '@n: 30\n', []],
    [BPFTRACE, 'interval', '@n: 3\n', [/3 of 30/]],
    [BPFTRACE, 'stack', '@[\n    vfs_read+5\n    ksys_read+90\n]: 5000\n', []],
    [BPFTRACE, 'stack', '@[\n    0xffffffff812345\n]: 5000\n', [/names/]],
    [BPFTRACE, '5000 events', `${five}@n: 5003\n`, []],
    [BPFTRACE, '5000 events', `${events(upTo(5002))}@n: 5003\n`, [/5002 seen, 0 lost, 5003 written/]],
    [BPFTRACE, '5000 events', `${events([0, 0])}${LOST}@n: 5003\n`, [/none twice/, /2 seen, 3763 lost/]],
    [BPFTRACE, 'lost events', `${events(upTo(1240))}${LOST}@n: 5003\n`, []],
    [BPFTRACE, 'lost events', `${events(upTo(458))}@n: 5000\n`, []],
    [BPFTRACE, 'lost events', `${events([1, 0])}@n: 5003\n`, [/none twice/]],
    [BPFTRACE, 'lost events', `${events(upTo(1241))}${LOST}@n: 5003\n`, [/1241 seen, 3763 lost/]],
    [BPFTRACE, 'lost events', `${five}@n: 5003\n`, [/5003 seen, 0 lost/]],
    [PERF, 'cpu-clock', '    217 dd cpu-clock:\n', []],
    [PERF, 'cpu-clock', '    217 cat cpu-clock:\n', [/0 samples/]],
    [PERF, 'all CPUs', '    190 [000]\n    201 [001]\n', []],
    [PERF, 'all CPUs', '    190 [000]\n', [/CPU 1: 0 samples/]],
    [PERF, 'call graph', '  9 do_syscall_64\n  3 ksys_read\n  1 ksys_write\n', []],
    [PERF, 'call graph', '  9 do_syscall_64\n  3 [unknown]\n', [/ksys_read/, /ksys_write/]],
    [PERF, 'tracepoint', `   5003 dd syscalls:sys_enter_write:\n${data}`, []],
    [PERF, 'tracepoint', '   5003 dd syscalls:sys_enter_write:\n\n== data\n', [/unexpected end/]],
    [PERF, 'lost samples', `   5000 dd syscalls:sys_enter_write:\n${data}`, [/room for all/, /NaN of 5000/]],
    [
      PERF,
      'lost samples',
      'Processed 5001 samples and lost 94.04%!\n  298 dd syscalls:sys_enter_write:\n' +
        `  dd 208 [001]    56.09: PERF_RECORD_LOST lost 112\n${data}`,
      [],
    ],
    [PERF, 'overwrite', `   156 dd syscalls:sys_enter_write:\n${data}`, []],
    [PERF, 'overwrite', `   5000 dd syscalls:sys_enter_write:\n${data}`, [/5000 samples/]],
    [
      PERF,
      'two events of one ring',
      `  5003 dd syscalls:sys_enter_write:\n  5009 dd syscalls:sys_enter_read:\n${data}`,
      [],
    ],
    [PERF, 'two events of one ring', `  5003 dd syscalls:sys_enter_write:\n${data}`, [/sys_enter_read.*0 of 5000/]],
    [BPFTOOL, 'features', '{"map_types":{"have_hash_map_type":true}}', []],
    [BPFTOOL, 'features', 'Error: no', [/Error: no/]],
    [
      BCC,
      'opensnoop',
      upTo(100)
        .map((at) => `9 cat -1 2 /tmp/no-such-file${at + 1}\n`)
        .join(''),
      [],
    ],
    [BCC, 'execsnoop', 'true 12 1 0 /bin/true /tmp/no-such-file2\n', [/1 of 100/]],
    [BCC, 'trace: 5000 events', '      1 PID TID COMM FUNC\n   5000 one\n', []],
    [BCC, 'trace: 5000 events', '   4000 one\n      1 Possibly lost 1000 samples\n', [/4000 of/, /lost/]],
  ];
  for (const [clients, name, text, expected] of rows) {
    const found = red(clients, name, text);
    t.equal(found.length, expected.length, `${name}: ${found.join('; ')}`);
    for (const [at, pattern] of expected.entries()) t.match(found[at], pattern, name);
  }
});

const names = (read: readonly Read[]): string[] => read.map(({ name }) => name);

t.test('bpftrace: all that it prints is compared where it is determined', async (t) => {
  const read = (name: string, text: string): string[] =>
    BPFTRACE.filter((one) => one.name === name).flatMap((one) => names(one.read(text)));
  const five = (last: string): string => `Attached 1 probe\n${events(upTo(5003))}\n${last}@n: 5003\n`;
  t.strictSame(read('5000 events', five('\n')), read('5000 events', five('')));
  t.notSame(read('5000 events', five('@m: 1\n')), read('5000 events', five('')));
  t.notSame(read('kprobe', '@n: 5003\n'), read('kprobe', '@n: 5004\n'));
  const stack = (offset: number, name: string, count: number): string[] =>
    read('stack', `@[\n    vfs_read+5\n    ${name}+${offset}\n]: ${count}\n@[\n    vfs_read+5\n]: 1\n`);
  t.strictSame(stack(90, 'ksys_read', 5), stack(94, 'ksys_read', 5), 'compiled otherwise');
  t.notSame(stack(90, 'ksys_read', 5), stack(90, 'ksys_pread', 5));
  t.notSame(stack(90, 'ksys_read', 5), stack(90, 'ksys_read', 6));
});

t.test('lists of bpftool: objects by what is stable in them', async (t) => {
  const list = (id: number, bytes: number): string =>
    `Attached 3 probes\n== prog\n[{"id":${id},"type":"kprobe","name":"k","loaded_at":${id},"bytes_xlated":${bytes},` +
    `"map_ids":[${id}]}]\n== map\n[]\n`;
  const [first] = [readList(list(8, 488), 'prog')];
  t.strictSame(names(first), ['prog list has something', 'prog type=kprobe name=k bytes_xlated=488']);
  t.strictSame(readList(list(9, 488), 'prog'), first, 'of another boot');
  t.notSame(readList(list(8, 496), 'prog'), first, 'of another program');
  const section = (place: string): string => `== map\n[{"name":"${place}.rodata"}]\n`;
  t.strictSame(readList(section('556b4668'), 'map'), readList(section('555d2e68'), 'map'), 'at another address');
  t.match(readList(list(8, 488), 'map'), [{ status: 'failed' }], 'an empty list');
  t.match(readList(list(8, 488), 'link'), [{ status: 'failed' }], 'no list at all');
});

t.test('a dump of bpftool: instructions without the places of helpers and maps', async (t) => {
  const dump = (call: number, map: number): string =>
    `== xlated\n   0: (18) r1 = map[id:${map}]\n   2: (85) call array_map_lookup_elem#${call}\n` +
    '   3: (95) exit\n== end\n';
  const found = readDump(dump(-123456, 4));
  t.strictSame(names(found).slice(1), [
    'xlated 0: (18) r1 = map',
    'xlated 2: (85) call array_map_lookup_elem',
    'xlated 3: (95) exit',
  ]);
  t.strictSame(readDump(dump(99, 5)), found);
  t.match(readDump('== xlated\n== end\n'), [{ status: 'failed' }]);
});

t.test('features: each value with the way to it, so that what is new or gone has a name', async (t) => {
  t.strictSame(leavesOf({ helpers: { kprobe: ['bpf_map_lookup_elem', 'bpf_probe_read'] }, misc: { large: true } }), [
    'helpers kprobe bpf_map_lookup_elem',
    'helpers kprobe bpf_probe_read',
    'misc large true',
  ]);
});

t.test("results of DTrace's suite, a row each", async (t) => {
  const rows: [line: string, status: KernelTest['status'], why: RegExp][] = [
    ['test/unittest/a/tst.b.d: PASS.', 'passed', /^$/],
    ['test/unittest/a/tst.b.d: PASS (it exits).', 'passed', /^$/],
    ['test/unittest/a/tst.b.d: XPASS.', 'passed', /^$/],
    ['test/unittest/a/tst.b.d: FAIL: expected results differ.', 'failed', /^FAIL expected results differ/],
    ['test/unittest/a/tst.b.d: XFAIL: timed out (dtv2).', 'skipped', /^XFAIL timed out/],
    ['test/unittest/a/tst.b.d: SKIP: test lacks requested tags: x', 'skipped', /^SKIP test lacks/],
    ['Test test/unittest/a/tst.b.d not found, ignored.', 'failed', /^no result/],
    ['test/unittest/a/tst.c.d: PASS.', 'failed', /^no result/],
  ];
  for (const [line, status, why] of rows) {
    const found = readSuite(`${line}\n`, ['a/tst.b.d']);
    t.match(found, [{ name: 'a/tst.b.d', status, why }], line);
    t.equal(found.length, 1);
  }
});
