/** Who may load DTRACE programs, their callers and their arrays: the same as for other tracing programs. */
import { guestTest } from '../scripts/guest/guest-test.ts';
import type { Guest } from '../scripts/guest/client.ts';
import type { Outcome } from './agent/protocol.ts';
import { bpfProgram } from './tables/raw-program.ts';

interface Row {
  readonly name: string;
  readonly caps: readonly string[];
  readonly tracing: 'accepted' | 'EPERM';
}
const ROWS: readonly Row[] = [
  { name: 'no capability', caps: [], tracing: 'EPERM' },
  { name: 'CAP_BPF only', caps: ['bpf'], tracing: 'EPERM' },
  { name: 'CAP_PERFMON only', caps: ['perfmon'], tracing: 'EPERM' },
  { name: 'CAP_BPF and CAP_PERFMON', caps: ['bpf', 'perfmon'], tracing: 'accepted' },
  { name: 'CAP_SYS_ADMIN, which implies both', caps: ['sys_admin'], tracing: 'accepted' },
  { name: 'CAP_NET_ADMIN and CAP_BPF', caps: ['net_admin', 'bpf'], tracing: 'EPERM' },
];
/** Types the kernel has always guarded in this way, next to ours. */
const TRACING_TYPES = ['kprobe', 'tracepoint', 'raw_tracepoint', 'perf_event', 'dtrace'] as const;

const verdict = (outcome: Outcome<object>): string => (outcome.ok ? 'accepted' : outcome.code);
const arraySpec = { type: 'prog_array', keySize: 4, valueSize: 4, maxEntries: 2 } as const;

async function unprivilegedAllowed(guest: Guest): Promise<void> {
  await guest.sysctl('kernel.unprivileged_bpf_disabled', 0);
}

for (const row of ROWS) {
  guestTest(`${row.name}: tracing programs are ${row.tracing}`, async (t, guest) => {
    await unprivilegedAllowed(guest);
    const array = await guest.createMap({ ...arraySpec, mapExtra: BigInt(guest.progType('dtrace')) });
    await guest.withCaps(row.caps, async () => {
      for (const type of TRACING_TYPES) {
        t.equal(verdict(await guest.tryLoadRaw(bpfProgram(type))), row.tracing, type);
      }
      t.equal(
        verdict(await guest.tryLoadRaw(bpfProgram('raw_tracepoint', array))),
        row.tracing,
        'a caller of a DTRACE array',
      );
      t.equal(verdict(await guest.tryLoadRaw(bpfProgram('dtrace', array))), row.tracing, 'DTRACE calling DTRACE');
    });
  });
}

guestTest('a typed array may be created by whoever may create an untyped one', async (t, guest) => {
  const types = [0n, BigInt(guest.progType('dtrace')), BigInt(guest.progType('socket_filter'))];
  for (const disabled of [0, 2]) {
    await guest.sysctl('kernel.unprivileged_bpf_disabled', disabled);
    for (const { name, caps } of ROWS) {
      const verdicts = await guest.withCaps(caps, () =>
        Promise.all(types.map(async (mapExtra) => verdict(await guest.tryCreateMap({ ...arraySpec, mapExtra })))),
      );
      t.equal(new Set(verdicts).size, 1, `${name}, unprivileged_bpf_disabled ${disabled}: ${verdicts.join(', ')}`);
    }
  }
});

guestTest('a type does not open a door: unprivileged socket filters stay out of DTRACE arrays', async (t, guest) => {
  await unprivilegedAllowed(guest);
  const dtrace = await guest.createMap({ ...arraySpec, name: 'probes', mapExtra: BigInt(guest.progType('dtrace')) });
  const own = await guest.createMap({ ...arraySpec, mapExtra: BigInt(guest.progType('socket_filter')) });
  const theirs = 'BPF_PROG_TYPE_SOCKET_FILTER';
  await guest.withCaps([], async () => {
    t.equal(verdict(await guest.tryLoadRaw(bpfProgram('socket_filter', own))), 'accepted', 'an array of its own type');
    t.match(await guest.tryLoadRaw(bpfProgram('socket_filter', dtrace)), {
      ok: false,
      code: 'EINVAL',
      log: new RegExp(
        `^tail call from ${theirs} into prog array 'probes' of BPF_PROG_TYPE_DTRACE is not allowed$`,
        'm',
      ),
    });
  });
});
