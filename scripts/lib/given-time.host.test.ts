/** The clock next to processes that leave no processor time, on the host's own scheduler. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { exec } from './exec.ts';
import { givenTime } from './given-time.ts';

const skip = existsSync('/proc/self/schedstat') ? false : 'this kernel does not say how long threads wait';
const LOOP = 'while :; do :; done';
const CROWD = 2;
const LOOK_MS = 4_000;
const LIMIT_MS = 2_000;
/**
 * Ends when it has had a quarter of that on a processor, the kernel's work for it included: to ask for the time takes
 * the kernel several times what it takes the program. How fast the processor is does not matter, its start has the
 * rest.
 */
const WORK = `
const over = ${(LIMIT_MS * 1_000) / 4};
for (let { user, system } = process.cpuUsage(); user + system < over; { user, system } = process.cpuUsage());
`;
/** Of the session that the command gets as well: two loops leave it a tenth of their processor, or less. */
const NICER = 12;

type Test = Pick<typeof t, 'teardown'>;

/**
 * In this session: the scheduler would give a session of its own as much as everything else that runs on the machine.
 */
function start(t: Test, ...argv: string[]): ChildProcess {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, { stdio: 'ignore' });
  t.teardown(() => void child.kill());
  return child;
}

/** They want the first processor: two of them leave 7 in 1,000 to what is at nice 19. */
function crowd(t: Test): void {
  for (let at = 0; at < CROWD; at++) start(t, 'taskset', '-c', '0', 'bash', '-c', LOOP);
}

/** What the clock counts of the wall's time. */
async function shareOf(pid: number): Promise<number> {
  const clock = givenTime(() => [pid]);
  const began = performance.now();
  while (performance.now() - began < LOOK_MS) {
    await sleep(100);
    clock.nowMs();
  }
  return clock.nowMs() / (performance.now() - began);
}

t.test('a starved process has little of the time, one that sleeps has all of it', { skip }, async (t) => {
  crowd(t);
  const starved = start(t, 'taskset', '-c', '0', 'nice', '-n', '19', 'bash', '-c', LOOP);
  const sleeping = start(t, 'sleep', '600');
  const [little, all] = await Promise.all([shareOf(starved.pid ?? 0), shareOf(sleeping.pid ?? 0)]);
  t.ok(little < 0.25, `starved: ${little}`);
  t.ok(all > 0.5, `asleep: ${all}`);
});

t.test('children count with the one who waits for them', { skip }, async (t) => {
  crowd(t);
  const child = `taskset -c 0 nice -n 19 bash -c '${LOOP}'`;
  const parent = start(t, 'bash', '-c', `${child} & trap "kill $!" TERM; wait`);
  t.ok((await shareOf(parent.pid ?? 0)) < 0.25);
});

t.test('a time limit waits for a command that the machine starves, and not for one that hangs', { skip }, async (t) => {
  crowd(t);
  const slow = await exec(['taskset', '-c', '0', process.execPath, '-e', WORK], { timeoutMs: LIMIT_MS, nice: NICER });
  t.match(slow, { failed: false, timedOut: false });
  t.ok(slow.durationMs > LIMIT_MS, `${Math.round(slow.durationMs)} ms, of which it worked for less than ${LIMIT_MS}`);
  t.match(await exec(['sleep', '600'], { timeoutMs: 300 }), { timedOut: true });
  t.match(
    await exec(['bash', '-c', LOOP], { timeoutMs: 300 }),
    { timedOut: true },
    'one that spins has had its processor',
  );
});
