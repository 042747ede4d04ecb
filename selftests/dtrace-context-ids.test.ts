/**
 * Who the process is, whatever namespace it is in, whatever it may do in another's name, and wherever the probe sits.
 */
import { guestTestBothModes } from '../scripts/guest/guest-test.ts';
import { SYSCALLS, syscallFunction, type Guest, type LoadedObject } from '../scripts/guest/client.ts';
import { setInputs } from './tables/tail-call-values.ts';
import { decodeExpected, decodeSeen, PROBE_KIND } from './tables/dtrace-context.ts';

/** workload as --userns maps ids 0..65535 to these and up. */
const USERNS_BASE = 100_000;
const IDS = { ruid: 11, euid: 12, suid: 13, fsuid: 14, rgid: 21, egid: 22, sgid: 23, fsgid: 24 } as const;

async function load(guest: Guest, pid: number): Promise<LoadedObject> {
  const object = await guest.load('dtrace-context', { only: ['snapshot', 'from_kprobe_anywhere'] });
  await object.map('progs').put(0, object.program('snapshot'));
  await setInputs(object, pid, 0);
  return object;
}

/** One JSON line about itself, printed by `workload as`. */
interface Self {
  readonly pid: number;
  readonly tid: number;
  readonly ppid: number;
  readonly cpu: number;
  readonly nice: number;
}

for (const userns of [false, true]) {
  guestTestBothModes(
    `ids of a thread ${userns ? 'in a user namespace' : 'with four different uids and gids'}`,
    {},
    async (t, guest) => {
      const object = await load(guest, 0);
      await object.attach('from_kprobe_anywhere', { kind: 'kprobe', func: syscallFunction('getpgid') });
      const ran = await guest.exec([
        guest.facts.workload,
        'as',
        ...(userns ? ['--userns'] : []),
        '--ids',
        Object.values(IDS).join(','),
        '--thread',
        '--nice',
        '7',
        '--cpu',
        '1',
        String(SYSCALLS.getpgid),
        '0',
      ]);
      t.match(ran, { exitCode: 0 }, ran.stderr);
      const self = JSON.parse(ran.stdout) as Self;
      const seen = decodeSeen(await object.map('.data.seen').get(0));
      const base = userns ? USERNS_BASE : 0;
      t.equal(seen.fired, 1n);
      t.not(self.tid, self.pid, 'the call came from a second thread');
      t.match(
        seen,
        { tid: self.tid, pid: self.pid, ppid: self.ppid, task_pid: self.tid, task_tgid: self.pid },
        'tid, pid and ppid',
      );
      t.match(
        seen,
        { uid: base + IDS.ruid, euid: base + IDS.euid, gid: base + IDS.rgid, egid: base + IDS.egid },
        'uids and gids, as the first namespace has them',
      );
      t.match(seen, { cpu: 1, prio: 120 + 7, state: 0n }, 'cpu, prio, state');
    },
  );
}

guestTestBothModes('uid is who the process is, not whose credentials it acts with', {}, async (t, guest, mode) => {
  const uid = 1234;
  const object = await load(guest, 0);
  const stat = await guest.spawn([guest.facts.workload, 'overlay-stat', `/tmp/overlay-stat-${mode}`, String(uid)]);
  await stat.waitOutput(String(stat.pid));
  await setInputs(object, stat.pid, 0);
  await object.attach('from_kprobe_anywhere', { kind: 'kprobe', func: 'shmem_getattr' });
  t.match(await stat.wait(), { exitCode: 0 });
  const seen = decodeSeen(await object.map('.data.seen').get(0));
  const expected = decodeExpected(await object.map('.data.expected').get(0));
  t.ok(seen.fired > 0n);
  t.equal(expected.uid, 0, 'below the overlay the kernel acts as root');
  t.match(seen, { uid, euid: uid, pid: stat.pid }, 'the process is who it was');
});

guestTestBothModes('the same program works in an interrupt', {}, async (t, guest) => {
  const object = await load(guest, 0);
  await setInputs(object, 0, 1 + 1);
  const link = await object.attach('from_kprobe_anywhere', { kind: 'kprobe', func: 'hrtimer_interrupt' });
  for (let attempt = 0; attempt < 100 && decodeSeen(await object.map('.data.seen').get(0)).fired < 10n; attempt++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  await link.close();
  const seen = decodeSeen(await object.map('.data.seen').get(0));
  const expected = decodeExpected(await object.map('.data.expected').get(0));
  t.ok(seen.fired >= 10n, `${seen.fired} firings`);
  t.match(seen, { kind: PROBE_KIND.kprobe, cpu: 1, tid: expected.tid, task: expected.current, task_pid: expected.tid });
  t.same(seen.regs, expected.regs);
});

/** struct switched of progs/dtrace-released.bpf.c */
interface Switched {
  readonly alive: number;
  readonly alivePpid: number;
  readonly released: number;
  readonly releasedPpid: number;
}

function decodeSwitched(bytes: Uint8Array): Switched {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (index: number): number => view.getUint32(4 * index, true);
  return { alive: word(0), alivePpid: word(1), released: word(2), releasedPpid: word(3) };
}

guestTestBothModes('a thread that has been released has no parent any more', {}, async (t, guest) => {
  const object = await guest.load('dtrace-released');
  await object.map('progs').put(0, object.program('on_switch'));
  await object.attach('from_switch');
  const ran = await guest.exec([guest.facts.workload, 'as', '--thread', '--cpu', '1', String(SYSCALLS.getpgid), '0']);
  t.match(ran, { exitCode: 0 }, ran.stderr);
  const self = JSON.parse(ran.stdout) as Self;
  t.not(self.tid, self.pid, 'a thread of its own, which is not waited for');
  // it may be joined before the last switch away from it
  let thread = decodeSwitched(await object.map('threads').get(self.tid));
  for (let attempt = 0; attempt < 100 && thread.released === 0; attempt++)
    thread = decodeSwitched(await object.map('threads').get(self.tid));
  t.ok(thread.released > 0, 'it can be preempted on its way to the last switch, so there may be more than one');
  t.equal(thread.releasedPpid, 0);
  const main = decodeSwitched(await object.map('threads').get(self.pid));
  t.ok(main.alive > 0, `the main thread was switched away from ${main.alive} times`);
  t.equal(main.alivePpid, self.ppid);
});
