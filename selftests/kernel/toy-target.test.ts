/**
 * C12: a second target type, with callers and refusals of its own, and not a line of core code for it. Run by
 * kernel/run.ts.
 */
import { readFileSync } from 'node:fs';
import { guestTest, guestTestBothModes } from '../../scripts/guest/guest-test.ts';
import { readU64, SYSCALLS, type Guest, type LoadedObject } from '../../scripts/guest/client.ts';
import { rawTracepointArgs, RETURN } from '../tables/tail-call-values.ts';

/** The patch appends it to the list of program types. */
const toyType = (guest: Guest): number => guest.progType('dtrace') + 1;

/** Everything a new type has to be entered in, and the file with its own code. */
const FILES = [
  'include/linux/bpf_types.h',
  'include/uapi/linux/bpf.h',
  'kernel/trace/Makefile',
  'kernel/trace/toy_target.c',
  'tools/include/uapi/linux/bpf.h',
];

guestTest('C12: the type is registered, and no code but its own is touched', async (t) => {
  const patch = readFileSync(new URL('./toy-target.patch', import.meta.url), 'utf8');
  t.same([...patch.matchAll(/^diff --git a\/(\S+) /gm)].map(([, file]) => file).sort(), FILES);
  const added = patch
    .split(/^diff --git /m)
    .filter((file) => !file.includes('toy_target.c\n'))
    .flatMap((file) => file.match(/^[-+](?![-+]).*\S.*$/gm) ?? []);
  t.same(
    added.filter((line) => line.startsWith('-')),
    [],
    'nothing is taken away',
  );
  t.same(
    added.filter((line) => !/TOY|toy|void \*, void \*|CONFIG_BPF_CONVERTED_CTX|#endif/.test(line)),
    [],
    'what is added names the type, and does nothing else',
  );
});

async function load(guest: Guest, ...callers: readonly string[]): Promise<LoadedObject> {
  const object = await guest.load('toy-target', {
    only: ['toy_callee', 'dtrace_callee', ...callers],
    programs: { toy_callee: { type: toyType(guest) } },
  });
  await object.map('toys').put(0, object.program('toy_callee'));
  await object.map('probes').put(0, object.program('dtrace_callee'));
  return object;
}

async function seen(object: LoadedObject): Promise<readonly bigint[]> {
  const bytes = await object.map('.bss').get(0);
  return [0, 8, 16].map((at) => readU64(bytes, at));
}

const run = async (object: LoadedObject, program: string, ...args: readonly number[]): Promise<number> =>
  (await object.program(program).testRun({ ctxIn: rawTracepointArgs(...args) })).retval;

guestTestBothModes(
  'C12: callers of two types reach a type that is not DTRACE, each with its own conversion',
  {},
  async (t, guest) => {
    const object = await load(guest, 'from_raw_tp', 'from_kprobe');
    t.equal(await run(object, 'from_raw_tp', 0, 77), RETURN.a);
    t.same(await seen(object), [77n, BigInt(guest.progType('raw_tracepoint')), 1n], 'the value is its second argument');
    await object.attach('from_kprobe');
    await guest.syscall({ nr: SYSCALLS.getpgid, args: [0n] });
    const [value, caller, ran] = await seen(object);
    t.same([caller, ran], [BigInt(guest.progType('kprobe')), 2n]);
    t.ok((value ?? 0n) > 0xffff_ffff_8000_0000n, 'the value is where the probe is');
  },
);

guestTestBothModes(
  'C12: a conversion that is refused falls through, and leaves the way to another array open',
  {},
  async (t, guest) => {
    const object = await load(guest, 'from_raw_tp', 'toy_or_dtrace');
    t.equal(await run(object, 'from_raw_tp', 1, 77), RETURN.fell, 'an odd first argument has no context');
    t.same(await seen(object), [0n, 0n, 0n], 'the callee did not run');
    t.equal(await run(object, 'toy_or_dtrace', 0, 5, 0), RETURN.a, 'even: the toy');
    t.equal(await run(object, 'toy_or_dtrace', 1, 5, 0), RETURN.b, 'odd: DTRACE, with the index intact');
    t.equal(await run(object, 'toy_or_dtrace', 0, 5, 1), RETURN.fell, 'empty slots of both');
  },
);

guestTest('C12: the toy refuses whom it does not know', async (t, guest) => {
  for (const [program, type] of [
    ['from_tracepoint', 'TRACEPOINT'],
    ['from_dtrace', 'DTRACE'],
  ] as const) {
    t.match(
      await guest.tryLoad('toy-target', { only: [program] }),
      {
        ok: false,
        code: 'EINVAL',
        program,
        log: new RegExp(
          `^tail call from BPF_PROG_TYPE_${type} into prog array 'toys' of BPF_PROG_TYPE_TOY is not allowed$`,
          'm',
        ),
      },
      program,
    );
  }
});
