/** Extensions (BPF_PROG_TYPE_EXT) that tail-call: within the type they extend, and never out of it. */
import { guestTest } from '../scripts/guest/guest-test.ts';
import type { Guest, LoadedObject, TryLoad } from '../scripts/guest/client.ts';
import { byBase, type ByBase } from './tables/by-base.ts';

const TARGETS = {
  raw_tp: { program: 'calls_in_raw_tp', func: 'in_raw_tp' },
  dtrace: { program: 'calls_in_dtrace', func: 'in_dtrace' },
  multi: { program: 'calls_in_multi', func: 'in_multi' },
  sleepable: { program: 'calls_in_sleepable', func: 'in_sleepable' },
  kprobe: { program: 'calls_in_kprobe', func: 'in_kprobe' },
} as const;
type Target = keyof typeof TARGETS;

const crosses = (array: string, type: string): RegExp =>
  new RegExp(
    `^tail call from BPF_PROG_TYPE_EXT into prog array '${array}' of BPF_PROG_TYPE_${type} is not allowed$`,
    'm',
  );

const FUNCTION = /^tail_call at insn \d+ is not in the main program, as those of BPF_PROG_TYPE_DTRACE have to be$/m;

/** null: accepted. */
type Refused = RegExp | null;

/** On 6.12 no sleepable program makes tail calls, and so nothing that replaces a function of one may. */
const NO_TAIL_CALL = /^extensions of sleepable programs cannot use prog arrays$/m;
const SLEEPABLE: ByBase<Refused> = { 'v6.12': NO_TAIL_CALL, 'v7.3': null };
const everywhere = (refused: Refused): ByBase<Refused> => ({ 'v6.12': refused });

const ROWS: readonly { readonly extension: string; readonly of: Target; readonly refused: ByBase<Refused> }[] = [
  { extension: 'raw_tp_to_dtrace', of: 'raw_tp', refused: everywhere(crosses('progs', 'DTRACE')) },
  { extension: 'raw_tp_to_dtrace_variable', of: 'raw_tp', refused: everywhere(crosses('progs', 'DTRACE')) },
  { extension: 'dtrace_to_raw_tp', of: 'dtrace', refused: everywhere(FUNCTION) },
  { extension: 'raw_tp_to_raw_tp', of: 'raw_tp', refused: everywhere(null) },
  { extension: 'dtrace_to_dtrace', of: 'dtrace', refused: everywhere(FUNCTION) },
  { extension: 'multi_to_multi', of: 'multi', refused: everywhere(null) },
  { extension: 'kprobe_to_kprobe', of: 'kprobe', refused: everywhere(null) },
  { extension: 'sleepable_to_sleepable', of: 'sleepable', refused: SLEEPABLE },
  // of an array that nothing has claimed it may be the first user
  { extension: 'sleepable_to_kprobe', of: 'sleepable', refused: SLEEPABLE },
];

/** Kinds of KPROBE programs that are not in the arrays of the plain ones. */
const KINDS: ByBase<readonly ('multi' | 'sleepable')[]> = { 'v6.12': ['multi'], 'v7.3': ['multi', 'sleepable'] };

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

for (const of of ['dtrace', 'raw_tp'] as const) {
  guestTest(`D44: fentry of a ${of} program does not call across types [jit]`, async (t, guest) => {
    const { program } = TARGETS[of];
    const target = (await loadTargets(guest)).program(program);
    const outcome = await guest.tryLoad('tail-call-freplace', {
      only: ['traces_a_program'],
      programs: { traces_a_program: { attachTarget: { func: program, prog: target.handle } } },
    });
    const log =
      /^tail call from BPF_PROG_TYPE_TRACING into prog array 'progs' of BPF_PROG_TYPE_DTRACE is not allowed$/m;
    t.match(outcome, { ok: false, code: 'EINVAL', program: 'traces_a_program', log });
  });
}

for (const { extension, of, refused } of ROWS) {
  const same = new Set(Object.values(refused).map((one) => (one === null ? 'accepted' : 'refused')));
  const d41 = extension.startsWith('sleepable') ? ', D41' : '';
  guestTest(`freplace ${extension.replaceAll('_', ' ')} is ${[...same].join(' or ')}${d41} [jit]`, async (t, guest) => {
    const outcome = await tryReplace(guest, await loadTargets(guest), extension, of);
    const log = byBase(guest.facts.hello.release, refused);
    if (log === null)
      t.equal(outcome.ok ? 'accepted' : `${outcome.code}: ${outcome.log}\n${outcome.message}`, 'accepted');
    else t.match(outcome, { ok: false, code: 'EINVAL', program: extension, log });
  });
}

guestTest('an array of plain kprobe programs takes no extension of another kind of them [jit]', async (t, guest) => {
  const targets = await loadTargets(guest);
  const plain = await guest.load('tail-call-freplace', { only: ['plain_kprobe'] });
  for (const kind of byBase(guest.facts.hello.release, KINDS)) {
    const program = `${kind}_to_kprobe`;
    const refused = await tryReplace(guest, targets, program, kind, {
      kprobes: { reuse: plain.map('kprobes').handle },
    });
    t.match(refused, { ok: false, code: 'EINVAL', program });
    t.match(
      await tryReplace(guest, targets, program, kind),
      { ok: true },
      `${kind}: of an unclaimed array it may be the first user`,
    );
  }
});

guestTest(
  'an array that an extension of another kind has claimed takes no plain kprobe program [jit]',
  async (t, guest) => {
    const targets = await loadTargets(guest);
    for (const kind of byBase(guest.facts.hello.release, KINDS)) {
      const { program, func } = TARGETS[kind];
      const extension = await guest.load('tail-call-freplace', {
        only: [`${kind}_to_kprobe`],
        programs: { [`${kind}_to_kprobe`]: { attachTarget: { func, prog: targets.program(program).handle } } },
      });
      const maps = { kprobes: { reuse: extension.map('kprobes').handle } };
      const refused = await guest.tryLoad('tail-call-freplace', { only: ['plain_kprobe'], maps });
      t.match(refused, { ok: false, code: 'EINVAL', program: 'plain_kprobe' }, kind);
    }
  },
);

/** An extension is loaded for a function of one program, and may be attached to that of another. */
const MOVES: ByBase<
  readonly { readonly extension: string; readonly of: Target; readonly to: Target; readonly ok: boolean }[]
> = {
  'v6.12': [
    { extension: 'kprobe_to_kprobe', of: 'kprobe', to: 'kprobe', ok: true },
    { extension: 'kprobe_to_kprobe', of: 'kprobe', to: 'multi', ok: false },
  ],
  'v7.3': [
    { extension: 'kprobe_to_kprobe', of: 'kprobe', to: 'kprobe', ok: true },
    { extension: 'kprobe_to_kprobe', of: 'kprobe', to: 'multi', ok: false },
    { extension: 'kprobe_to_kprobe', of: 'kprobe', to: 'sleepable', ok: false },
    { extension: 'sleepable_to_sleepable', of: 'sleepable', to: 'kprobe', ok: false },
    { extension: 'sleepable_to_sleepable', of: 'sleepable', to: 'sleepable', ok: true },
  ],
};

guestTest('an extension is attached to another program of its kind only [jit]', { seconds: 40 }, async (t, guest) => {
  for (const { extension, of, to, ok } of byBase(guest.facts.hello.release, MOVES)) {
    const targets = await loadTargets(guest);
    const others = await loadTargets(guest);
    const { program, func } = TARGETS[of];
    const object = await guest.load('tail-call-freplace', {
      only: [extension],
      programs: { [extension]: { attachTarget: { func, prog: targets.program(program).handle } } },
    });
    const target = others.program(TARGETS[to].program).handle;
    t.match(
      await object.program(extension).tryAttach({ kind: 'freplace', target, func: TARGETS[to].func }),
      ok ? { ok } : { ok, code: 'EINVAL' },
      `${extension} to ${to}`,
    );
  }
});

const NO_JIT = /^Extension programs should be JITed$/m;
/** What is found before the JIT is looked at. */
const BEFORE_JIT: Partial<Record<Target, ByBase<RegExp>>> = {
  dtrace: { 'v6.12': FUNCTION },
  sleepable: { 'v6.12': NO_TAIL_CALL, 'v7.3': NO_JIT },
};

guestTest('extensions are refused, wherever they call [interpreter]', async (t, guest) => {
  const targets = await loadTargets(guest);
  await guest.sysctl('net.core.bpf_jit_enable', 0);
  for (const { extension, of } of ROWS) {
    const refused = await tryReplace(guest, targets, extension, of);
    t.match(
      refused,
      {
        ok: false,
        code: 'EINVAL',
        program: extension,
        log: byBase(guest.facts.hello.release, BEFORE_JIT[of] ?? { 'v6.12': NO_JIT }),
      },
      extension,
    );
  }
});
