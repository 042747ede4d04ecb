/** The typed prog array itself: what it may be created with, shows, holds, and where it may live. */
import { guestTest, guestTestBothModes } from '../scripts/guest/guest-test.ts';
import type { Guest } from '../scripts/guest/client.ts';
import { bpfProgram, returns } from './tables/raw-program.ts';
import { RETURN, rawTracepointArgs, setInputs } from './tables/tail-call-values.ts';

const PROG_ARRAY = { type: 'prog_array', keySize: 4, valueSize: 4, maxEntries: 4 } as const;

/** Beyond every type there is; an extension counts as what it extends; and numbers of more than 32 bits. */
const BAD_TYPES = (guest: Guest): readonly bigint[] => [
  BigInt(guest.progType('ext')),
  200n,
  0xffff_ffffn,
  0x1_0000_0000n,
  0x1_0000_0000n + BigInt(guest.progType('dtrace')),
  0xffff_ffff_ffff_ffffn,
];

guestTest('map_extra declares the type and is shown', async (t, guest) => {
  for (const name of ['dtrace', 'kprobe', 'raw_tracepoint', 'xdp', 'tracing']) {
    const mapExtra = BigInt(guest.progType(name));
    const map = await guest.createMap({ ...PROG_ARRAY, mapExtra });
    t.equal((await map.info()).mapExtra, mapExtra, name);
  }
  t.equal((await (await guest.createMap(PROG_ARRAY)).info()).mapExtra, 0n, 'untyped');
});

guestTest(
  'bpftool shows it, for people and for programs',
  { needs: ({ facts }) => (facts.tools['bpftool'] === undefined ? 'bpftool was not built' : null) },
  async (t, guest) => {
    const bpftool = async (id: number, ...args: readonly string[]): Promise<string> => {
      const done = await guest.exec([guest.facts.tools['bpftool'] ?? '', ...args, 'map', 'show', 'id', String(id)]);
      t.equal(done.exitCode, 0, done.stderr);
      return done.stdout;
    };
    const type = guest.progType('dtrace');
    const typed = (await (await guest.createMap({ ...PROG_ARRAY, mapExtra: BigInt(type) })).info()).id;
    const untyped = (await (await guest.createMap(PROG_ARRAY)).info()).id;
    t.match(
      await bpftool(typed),
      new RegExp(`^${typed}: prog_array .* flags 0x0  map_extra 0x${type.toString(16)}$`, 'm'),
    );
    t.notMatch(await bpftool(untyped), /map_extra/);
    t.match(JSON.parse(await bpftool(typed, '--json')), { id: typed, type: 'prog_array', map_extra: type });
    t.notOk('map_extra' in (JSON.parse(await bpftool(untyped, '--json')) as object));
  },
);

guestTest('fdinfo says how the programs run as soon as there is one', async (t, guest) => {
  const dtrace = guest.progType('dtrace');
  const array = await guest.createMap({ ...PROG_ARRAY, mapExtra: BigInt(dtrace) });
  const fdinfo = (): Promise<string> => guest.readFile(`/proc/${guest.facts.hello.agentPid}/fdinfo/${array.fd}`);
  const before = await fdinfo();
  t.match(before, new RegExp(`^owner_prog_type:\\t${dtrace}$`, 'm'), 'the type from the beginning');
  t.notMatch(before, /^owner_jited:/m);
  await guest.sysctl('net.core.bpf_jit_enable', 1);
  await array.put(0, await guest.loadRaw(bpfProgram('dtrace')));
  t.match(await fdinfo(), /^owner_jited:\t1$/m);
});

guestTest('a type that no program can have is refused', async (t, guest) => {
  for (const mapExtra of BAD_TYPES(guest)) {
    t.match(
      await guest.tryCreateMap({ ...PROG_ARRAY, mapExtra }),
      { ok: false, code: 'EINVAL' },
      `map_extra 0x${mapExtra.toString(16)}`,
    );
  }
});

guestTest('map_extra of other map types means what it did', async (t, guest) => {
  const dtrace = BigInt(guest.progType('dtrace'));
  for (const type of ['array', 'hash', 'array_of_maps', 'perf_event_array']) {
    t.match(
      await guest.tryCreateMap({ type, keySize: 4, valueSize: 4, maxEntries: 4, mapExtra: dtrace }),
      { ok: false, code: 'EINVAL' },
      type,
    );
  }
});

guestTestBothModes('a typed array holds its type only, whoever comes first', {}, async (t, guest) => {
  const array = await guest.createMap({ ...PROG_ARRAY, mapExtra: BigInt(guest.progType('dtrace')) });
  for (const type of ['kprobe', 'raw_tracepoint', 'tracepoint', 'perf_event', 'socket_filter', 'xdp']) {
    t.match(await array.tryPut(0, await guest.loadRaw(bpfProgram(type))), { ok: false, code: 'EINVAL' }, type);
  }
  t.match(await array.tryPut(0, await guest.loadRaw(bpfProgram('dtrace'))), { ok: true }, 'dtrace');
});

/** A program of another type calls it as the kernel calls any program; within a type they jump into each other. */
guestTest('programs with and without the JIT mix across types only', async (t, guest) => {
  const mapExtra = BigInt(guest.progType('dtrace'));
  for (const [caller, callee] of [
    [0, 1],
    [1, 0],
  ] as const) {
    await guest.sysctl('net.core.bpf_jit_enable', callee);
    const array = await guest.createMap({ ...PROG_ARRAY, mapExtra });
    await array.put(0, await guest.loadRaw(returns('dtrace', 7)));
    await guest.sysctl('net.core.bpf_jit_enable', caller);
    const across = await guest.loadRaw(bpfProgram('raw_tracepoint', array));
    t.equal((await across.testRun()).retval, 7, `jit: caller ${caller}, callee ${callee}`);
    t.match(
      await array.tryPut(1, await guest.loadRaw(bpfProgram('dtrace'))),
      { ok: false, code: 'EINVAL' },
      'two callees',
    );
    t.match(await guest.tryLoadRaw(bpfProgram('dtrace', array)), { ok: false, code: 'EINVAL' }, 'a caller of the type');
  }
});

guestTestBothModes('a prog array cannot be inside another map', {}, async (t, guest) => {
  const inner = await guest.createMap({ ...PROG_ARRAY, mapExtra: BigInt(guest.progType('dtrace')) });
  for (const type of ['array_of_maps', 'hash_of_maps']) {
    const refused = await guest.tryCreateMap({ type, keySize: 4, valueSize: 4, maxEntries: 4, inner: inner.handle });
    // ENOTSUPP, which user space has no name for: the verifier has to know the types at load, as for untyped arrays
    // today.
    t.match(refused, { ok: false, errno: 524 }, type);
  }
});

guestTestBothModes('a pinned array keeps its programs and its type', {}, async (t, guest, mode) => {
  const path = `/sys/fs/bpf/tail-call-${mode}`;
  const first = await guest.load('tail-call', { only: ['callee_a', 'callee_b', 'variable_index'] });
  await first.map('progs').put(0, first.program('callee_a'));
  await first.map('progs').pin(path);
  await first.map('progs').close();

  const reopened = await guest.openPinnedMap(path);
  t.equal((await reopened.info()).mapExtra, BigInt(guest.progType('dtrace')), 'still typed');
  const second = await guest.load('tail-call', {
    only: ['variable_index'],
    maps: { progs: { reuse: reopened.handle } },
  });
  for (const caller of [first, second]) {
    await setInputs(caller, 0);
    t.equal(
      (await caller.program('variable_index').testRun({ ctxIn: rawTracepointArgs() })).retval,
      RETURN.a,
      'still filled',
    );
  }
  await reopened.put(0, first.program('callee_b'));
  t.equal(
    (await first.program('variable_index').testRun({ ctxIn: rawTracepointArgs() })).retval,
    RETURN.b,
    'and the same array',
  );
});
