import type { ExecResult } from './agent/protocol.ts';
import type { Guest } from '../scripts/guest/client.ts';
import { guestTest } from '../scripts/guest/guest-test.ts';

const needs = (guest: Guest): string | null =>
  guest.facts.tools.dtrace === undefined ? 'tools/dtrace was not built: the tree lacks its patch' : null;
const tool = (guest: Guest): string => guest.facts.tools.dtrace ?? '';
/** The object that comes with the tool. */
const probe1 = (guest: Guest): string => tool(guest).replace(/[^/]*$/, 'probe1.bpf.o');

const needsTwoCpus = (guest: Guest): string | null =>
  needs(guest) ?? (guest.facts.hello.cpus >= 2 ? null : 'one CPU only: none comes later');

/**
 * Milliseconds: for a tool that loads, attaches and prints on whatever this guest runs on, with others at the same
 * time.
 */
const patience = (guest: Guest): number => 15_000 * guest.facts.slowness;

function dtrace(guest: Guest, ...args: string[]): Promise<ExecResult> {
  return guest.exec([tool(guest), ...args], { timeoutMs: patience(guest) });
}

/** TIME CPU ECB PROBE KIND PID TID PPID UID EUID EGID COMM ARGS */
const LINE = new RegExp(
  [
    /^ *\d+\.\d{9} +(?<cpu>\d+) +(?<ecb>\d+) +(?<probe>\d+) (?<kind>\S+)/,
    / +(?<pid>\d+) +\d+ +\d+ +(?<uid>\d+) +\d+ +\d+ (?<comm>.{15}) (?<args>.*)$/,
  ]
    .map(({ source }) => source)
    .join(''),
);

guestTest('prints the records of a real workload, then stops at ^C', { needs, seconds: 40 }, async (t, guest) => {
  const process = await guest.spawn([tool(guest), probe1(guest)]);
  await process.waitOutput('COMM', patience(guest));
  const workload = await guest.exec(['sh', '-c', 'echo traced > /dev/null; (:); exec /bin/true']);
  await process.waitOutput('raw_tp', patience(guest));
  await process.signal('SIGINT');
  const done = await process.wait();
  t.equal(done.exitCode, 0, 'being interrupted is no failure');
  const [header, ...lines] = done.stdout.trimEnd().split('\n');
  t.match(header, /TIME +CPU +ECB +PROBE +KIND +PID +TID +PPID +UID +EUID +EGID +COMM +ARGS/);
  const records = lines.map((line) => LINE.exec(line)?.groups);
  t.notOk(records.includes(undefined), 'every line can be read by a person and by a program');
  const ours = records.filter((record) => Number(record?.pid) === workload.pid);
  const kinds = new Set(ours.map((record) => `${record?.kind} ${record?.ecb} ${record?.probe}`));
  t.ok(kinds.has('kprobe 1 1'), 'the shell wrote');
  t.ok(kinds.has('tracepoint 2 2'), 'it was replaced by another program');
  t.ok(kinds.has('raw_tp 3 3'), 'it had made another process before');
  t.notOk(
    records.some((record) => Number(record?.pid) === process.pid),
    'the tool does not trace itself',
  );
  t.match(done.stderr, new RegExp(`^dtrace: ${lines.length} records, 0 lost$`, 'm'));
});

guestTest('D15: every CPU has a ring: records come from the highest too', { needs, seconds: 40 }, async (t, guest) => {
  const process = await guest.spawn([tool(guest), guest.progPath('tool-burst')]);
  await process.waitOutput('COMM', patience(guest));
  await guest.exec([guest.facts.workload, 'tool-burst', '2']);
  await process.signal('SIGTERM');
  const done = await process.wait();
  t.equal(done.exitCode, 0);
  t.match(done.stderr, /^dtrace: 400 records, 0 lost$/m, '200 from each of two CPUs');
});

guestTest(
  'D14, D15: every record is printed or told as lost, those behind the last one too',
  { needs, seconds: 40 },
  async (t, guest) => {
    const process = await guest.spawn([tool(guest), '-b', '1', guest.progPath('tool-burst')]);
    await process.waitOutput('COMM', patience(guest));
    await guest.exec([guest.facts.workload, 'tool-burst', '10']);
    await process.signal('SIGINT');
    const done = await process.wait();
    t.equal(done.exitCode, 0, 'losing records is no failure');
    const told = [
      ...done.stderr.matchAll(/^dtrace: (?:CPU \d+: (\d+) records lost|(\d+) more records lost at the end)$/gm),
    ].reduce((sum, [, one = '0', rest = '0']) => sum + Number(one) + Number(rest), 0);
    const [, records = '', lost = ''] = /^dtrace: (\d+) records, (\d+) lost$/m.exec(done.stderr) ?? [];
    t.ok(told > 0, done.stderr);
    t.equal(Number(lost), told, 'the sum is the sum');
    t.equal(Number(records) + told, 2000, `${records} printed, ${told} lost`);
    t.equal(done.stdout.trimEnd().split('\n').length, Number(records) + 1, 'a header and a line for each');
  },
);

guestTest(
  'a probe that fires until the end: what it recorded is printed or lost',
  { needs, seconds: 60 },
  async (t, guest) => {
    for (let turn = 0; turn < 5; turn++) {
      const process = await guest.spawn([tool(guest), '-b', '1', guest.progPath('tool-burst')]);
      await process.waitOutput('COMM', patience(guest));
      const workload = await guest.spawn([guest.facts.workload, 'tool-burst', '500']);
      // The first time stamp. More is to come, and the program at work then has to end before the rings are read for
      // the last time.
      await process.waitOutput('.', patience(guest));
      await process.signal('SIGINT');
      const done = await process.wait();
      await workload.wait();
      t.equal(done.exitCode, 0, done.stderr);
      const [, records = '', lost = ''] = /^dtrace: (\d+) records, (\d+) lost$/m.exec(done.stderr) ?? [];
      t.equal((Number(records) + Number(lost)) % 200, 0, `${records} printed, ${lost} lost: whole bursts of 200`);
    }
  },
);

guestTest(
  'a CPU that comes online later has no ring, and its records are counted',
  { needs: needsTwoCpus, seconds: 40 },
  async (t, guest) => {
    await guest.setCpuOnline(1, false);
    const process = await guest.spawn([tool(guest), guest.progPath('tool-burst')]);
    await process.waitOutput('COMM', patience(guest));
    await guest.setCpuOnline(1, true);
    await guest.exec([guest.facts.workload, 'tool-burst', '2']);
    await process.signal('SIGINT');
    const done = await process.wait();
    t.equal(done.exitCode, 0, done.stderr);
    t.match(done.stderr, /^dtrace: 200 records had no ring, /m, 'those of the second CPU');
    t.match(done.stderr, /^dtrace: 200 records, 0 lost$/m, 'those of the first');
  },
);

guestTest('started by nohup, it outlives the terminal', { needs, seconds: 40 }, async (t, guest) => {
  const process = await guest.spawn(['env', '--ignore-signal=HUP', tool(guest), guest.progPath('tool-burst')]);
  await process.waitOutput('COMM', patience(guest));
  await process.signal('SIGHUP');
  await guest.exec([guest.facts.workload, 'tool-burst', '1']);
  await process.signal('SIGINT');
  const done = await process.wait();
  t.equal(done.exitCode, 0, done.stderr);
  t.match(done.stderr, /^dtrace: 200 records, 0 lost$/m, 'the signal did not end it');
});

guestTest('a reader that is behind when ^C comes still gets all of it', { needs, seconds: 40 }, async (t, guest) => {
  // 1200 lines are more than a pipe holds: the tool is told to stop in the middle of a write().
  const script = [
    'd=$(mktemp -d)',
    'mkfifo $d/out',
    `${tool(guest)} -b 64 ${guest.progPath('tool-burst')} > $d/out & pid=$!`,
    'exec 3< $d/out',
    'read -r header <&3',
    `${guest.facts.workload} tool-burst 6 > /dev/null`,
    'sleep 1',
    'kill -TERM $pid',
    'sleep 1',
    'wc -l <&3',
    'wait $pid',
    'echo "ended with $?" >&2',
    'rm -r $d',
  ].join('\n');
  const done = await guest.exec(['sh', '-c', script], { timeoutMs: patience(guest) });
  t.match(done.stderr, /^dtrace: 1200 records, 0 lost$/m);
  t.match(done.stderr, /^ended with 0$/m, 'which is no failure');
  t.equal(done.stdout.trim(), '1200', 'no line is missing');
});

guestTest('a full disk: it says so and fails', { needs, seconds: 40 }, async (t, guest) => {
  const script = `${tool(guest)} ${guest.progPath('tool-burst')} > /dev/full`;
  const done = await guest.exec(['sh', '-c', script], { timeoutMs: patience(guest) });
  t.equal(done.exitCode, 1);
  t.match(done.stderr, /^dtrace: cannot write: No space left on device$/m);
});

guestTest('-n COUNT stops by itself', { needs, seconds: 40 }, async (t, guest) => {
  const process = await guest.spawn([tool(guest), '-n', '7', guest.progPath('tool-burst')]);
  await process.waitOutput('COMM', patience(guest));
  await guest.exec([guest.facts.workload, 'tool-burst', '1']);
  const done = await process.wait();
  t.equal(done.exitCode, 0);
  t.equal(done.stdout.trimEnd().split('\n').length, 8, 'a header and seven lines');
});

interface Mistake {
  readonly what: string;
  readonly args: (guest: Guest) => string[];
  readonly exit: number;
  readonly says: RegExp;
}
const MISTAKES: readonly Mistake[] = [
  { what: 'no object', args: () => [], exit: 2, says: /^usage: dtrace / },
  { what: 'two objects', args: () => ['a.o', 'b.o'], exit: 2, says: /^usage: dtrace / },
  { what: 'an unknown option', args: () => ['-x', 'a.o'], exit: 2, says: /usage: dtrace / },
  {
    what: 'rings of 3 pages',
    args: () => ['-b', '3', 'a.o'],
    exit: 2,
    says: /^dtrace: -b wants a power of 2, not '3'$/m,
  },
  {
    what: 'rings of no pages',
    args: () => ['-b', '0', 'a.o'],
    exit: 2,
    says: /^dtrace: -b wants a power of 2, not '0'$/m,
  },
  {
    what: 'a negative count',
    args: () => ['-n', '-1', 'a.o'],
    exit: 2,
    says: /^dtrace: -n wants a positive number, not '-1'$/m,
  },
  {
    what: 'a missing file',
    args: () => ['/nowhere.o'],
    exit: 1,
    says: /^dtrace: cannot open \/nowhere\.o: No such file or directory$/m,
  },
  // libbpf has errors of its own, which strerror() calls unknown.
  {
    what: 'a file that is no object',
    args: () => ['/etc/passwd'],
    exit: 1,
    says: /^dtrace: cannot open \/etc\/passwd: (?!Unknown error)[A-Z][A-Za-z ,']+$/m,
  },
  {
    what: 'an object without rings',
    args: (guest) => [guest.progPath('tool-no-buffers')],
    exit: 1,
    says: /^dtrace: the object has no map 'buffers'$/m,
  },
  {
    what: 'an object without probes',
    args: (guest) => [guest.progPath('tool-no-probe')],
    exit: 1,
    says: /^dtrace: the object has no program to attach to a probe$/m,
  },
  {
    what: 'an object of other programs',
    args: (guest) => [guest.progPath('smoke')],
    exit: 1,
    says: /^dtrace: the object has no map 'actions'$/m,
  },
];
for (const { what, args, exit, says } of MISTAKES) {
  guestTest(`${what}: a message and exit code ${exit}`, { needs }, async (t, guest) => {
    const done = await dtrace(guest, ...args(guest));
    t.equal(done.exitCode, exit);
    t.match(done.stderr, says);
    t.notMatch(done.stderr, /Unknown error/);
    t.equal(done.stdout, '');
  });
}

guestTest('-h explains itself', { needs }, async (t, guest) => {
  const done = await dtrace(guest, '-h');
  t.equal(done.exitCode, 0);
  t.match(done.stdout, /^usage: dtrace \[-hv\] \[-b PAGES\] \[-n COUNT\] OBJECT$/m);
});

guestTest('no permission: a message and exit code 1', { needs }, async (t, guest) => {
  const done = await guest.exec([
    'setpriv',
    '--reuid=65534',
    '--regid=65534',
    '--clear-groups',
    '--inh-caps=-all',
    '--bounding-set=-all',
    tool(guest),
    probe1(guest),
  ]);
  t.equal(done.exitCode, 1, done.stderr);
  t.match(done.stderr, /^dtrace: cannot (load|open) .*: (Operation not permitted|Permission denied)$/m);
});

guestTest(
  'D15: more CPUs than rings in the map: said, not served in part',
  { needs, seconds: 40 },
  async (t, guest) => {
    const process = await guest.spawn([tool(guest), guest.progPath('tool-small-map')]);
    await process.waitOutput('COMM', patience(guest)).catch(() => undefined);
    await process.signal('SIGINT').catch(() => undefined);
    const done = await process.wait();
    t.equal(done.signal, null);
    t.equal(done.exitCode, 1, 'a CPU without a ring is an error');
    t.match(done.stderr, /^dtrace: map 'buffers' has 1 .*2 CPUs/m);
  },
);

guestTest('the output has no reader any more: it ends', { needs, seconds: 40 }, async (t, guest) => {
  // A record has to come when head is gone: its own exit may be printed before the pipe is closed, and then a guest is
  // quiet.
  const script = `while sleep 0.2; do /bin/true; done & ${tool(guest)} ${probe1(guest)} | head -2; kill $!`;
  const done = await guest.exec(['sh', '-c', script], { timeoutMs: patience(guest) });
  t.equal(done.timedOut, false);
  t.equal(done.stdout.trimEnd().split('\n').length, 2);
  t.match(done.stderr, /^dtrace: cannot write: Broken pipe$/m);
});

guestTest(
  'D34: waits for the programs at work before it reads the rings for the last time, on a single CPU too',
  { needs: needsTwoCpus, seconds: 40 },
  async (t, guest) => {
    const grace = await guest.load('tool-grace');
    await grace.attach('on_synchronize_rcu');
    await grace.attach('on_synchronize_rcu_expedited');
    for (const online of [true, false]) {
      await guest.setCpuOnline(1, online);
      const process = await guest.spawn([tool(guest), guest.progPath('tool-burst')]);
      await process.waitOutput('COMM', patience(guest));
      const before = await grace.map('.bss').getU64(0);
      await process.signal('SIGINT');
      t.equal((await process.wait()).exitCode, 0);
      t.ok(
        (await grace.map('.bss').getU64(0)) > before,
        `CPU 1 ${online ? 'online' : 'offline'}: it has waited for a grace period`,
      );
    }
  },
);
