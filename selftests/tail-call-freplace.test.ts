/** Extensions (BPF_PROG_TYPE_EXT) that tail-call: within the type they extend, and never out of it. */
import { guestTest } from '../scripts/guest/guest-test.ts';
import type { Guest, LoadedObject, TryLoad } from '../scripts/guest/client.ts';

const TARGETS = {
  raw_tp: { program: 'calls_in_raw_tp', func: 'in_raw_tp' },
  dtrace: { program: 'calls_in_dtrace', func: 'in_dtrace' },
  multi: { program: 'calls_in_multi', func: 'in_multi' },
  sleepable: { program: 'calls_in_sleepable', func: 'in_sleepable' },
} as const;
type Target = keyof typeof TARGETS;

const crosses = (array: string, type: string): RegExp =>
  new RegExp(
    `^tail call from BPF_PROG_TYPE_EXT into prog array '${array}' of BPF_PROG_TYPE_${type} is not allowed$`,
    'm',
  );

const ROWS: readonly { readonly extension: string; readonly of: Target; readonly refused: RegExp | null }[] = [
  { extension: 'raw_tp_to_dtrace', of: 'raw_tp', refused: crosses('progs', 'DTRACE') },
  { extension: 'raw_tp_to_dtrace_variable', of: 'raw_tp', refused: crosses('progs', 'DTRACE') },
  { extension: 'dtrace_to_raw_tp', of: 'dtrace', refused: crosses('own', 'RAW_TRACEPOINT') },
  { extension: 'raw_tp_to_raw_tp', of: 'raw_tp', refused: null },
  { extension: 'dtrace_to_dtrace', of: 'dtrace', refused: null },
  { extension: 'multi_to_multi', of: 'multi', refused: null },
  {
    extension: 'sleepable_to_kprobe',
    of: 'sleepable',
    refused: /^Extension program changes packet data, while original does not$/m,
  },
];

/** Maps that another object has already, by name. */
type Shared = NonNullable<NonNullable<Parameters<Guest['tryLoad']>[1]>['maps']>;

function tryReplace(
  guest: Guest,
  targets: LoadedObject,
  extension: string,
  of: Target,
  maps: Shared = {},
): Promise<TryLoad> {
  const { program, func } = TARGETS[of];
  return guest.tryLoad('tail-call-freplace', {
    only: [extension],
    maps,
    programs: { [extension]: { attachTarget: { func, prog: targets.program(program).handle } } },
  });
}

/** Both have tail calls in subprograms, which the interpreter does not run. */
async function loadTargets(guest: Guest): Promise<LoadedObject> {
  await guest.sysctl('net.core.bpf_jit_enable', 1);
  return guest.load('tail-call-freplace', { only: Object.values(TARGETS).map(({ program }) => program) });
}

for (const { extension, of, refused } of ROWS) {
  guestTest(
    `freplace ${extension.replaceAll('_', ' ')} is ${refused === null ? 'accepted' : 'refused'} [jit]`,
    async (t, guest) => {
      const outcome = await tryReplace(guest, await loadTargets(guest), extension, of);
      if (refused === null)
        t.equal(outcome.ok ? 'accepted' : `${outcome.code}: ${outcome.log}\n${outcome.message}`, 'accepted');
      else t.match(outcome, { ok: false, code: 'EINVAL', program: extension, log: refused });
    },
  );
}

guestTest('an array of plain kprobe programs takes no extension of a kprobe.multi program [jit]', async (t, guest) => {
  const targets = await loadTargets(guest);
  const plain = await guest.load('tail-call-freplace', { only: ['plain_kprobe'] });
  const refused = await tryReplace(guest, targets, 'multi_to_kprobe', 'multi', {
    kprobes: { reuse: plain.map('kprobes').handle },
  });
  t.match(refused, { ok: false, code: 'EINVAL', program: 'multi_to_kprobe' });
  t.match(
    await tryReplace(guest, targets, 'multi_to_kprobe', 'multi'),
    { ok: true },
    'of an unclaimed array it may be the first user',
  );
});

guestTest(
  'an array that an extension of a kprobe.multi program has claimed takes no plain kprobe program [jit]',
  async (t, guest) => {
    const targets = await loadTargets(guest);
    const { program, func } = TARGETS.multi;
    const extension = await guest.load('tail-call-freplace', {
      only: ['multi_to_kprobe'],
      programs: { multi_to_kprobe: { attachTarget: { func, prog: targets.program(program).handle } } },
    });
    const maps = { kprobes: { reuse: extension.map('kprobes').handle } };
    t.match(await guest.tryLoad('tail-call-freplace', { only: ['plain_kprobe'], maps }), {
      ok: false,
      code: 'EINVAL',
      program: 'plain_kprobe',
    });
  },
);

guestTest('extensions are refused, wherever they call [interpreter]', async (t, guest) => {
  const targets = await loadTargets(guest);
  await guest.sysctl('net.core.bpf_jit_enable', 0);
  for (const { extension, of } of ROWS) {
    const refused = await tryReplace(guest, targets, extension, of);
    t.match(
      refused,
      { ok: false, code: 'EINVAL', program: extension, log: /^Extension programs should be JITed$/m },
      extension,
    );
  }
});
