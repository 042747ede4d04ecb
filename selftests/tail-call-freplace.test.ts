/** Extensions (BPF_PROG_TYPE_EXT) that tail-call: within the type they extend, and never out of it. */
import { guestTest } from './harness/guest-test.ts';
import type { Guest, LoadedObject, TryLoad } from './harness/client.ts';

const TARGETS = { raw_tp: { program: 'calls_in_raw_tp', func: 'in_raw_tp' }, dtrace: { program: 'calls_in_dtrace', func: 'in_dtrace' } } as const;
type Target = keyof typeof TARGETS;

const crosses = (array: string, type: string): RegExp =>
  new RegExp(`^tail call from BPF_PROG_TYPE_EXT into prog array '${array}' of BPF_PROG_TYPE_${type} is not allowed$`, 'm');

const ROWS: readonly { readonly extension: string; readonly of: Target; readonly refused: RegExp | null }[] = [
  { extension: 'raw_tp_to_dtrace', of: 'raw_tp', refused: crosses('progs', 'DTRACE') },
  { extension: 'raw_tp_to_dtrace_variable', of: 'raw_tp', refused: crosses('progs', 'DTRACE') },
  { extension: 'dtrace_to_raw_tp', of: 'dtrace', refused: crosses('own', 'RAW_TRACEPOINT') },
  { extension: 'raw_tp_to_raw_tp', of: 'raw_tp', refused: null },
  { extension: 'dtrace_to_dtrace', of: 'dtrace', refused: null },
];

function tryReplace(guest: Guest, targets: LoadedObject, extension: string, of: Target): Promise<TryLoad> {
  const { program, func } = TARGETS[of];
  return guest.tryLoad('tail-call-freplace', {
    only: [extension],
    programs: { [extension]: { attachTarget: { func, prog: targets.program(program).handle } } },
  });
}

/** Both have tail calls in subprograms, which the interpreter does not run. */
async function loadTargets(guest: Guest): Promise<LoadedObject> {
  await guest.sysctl('net.core.bpf_jit_enable', 1);
  return guest.load('tail-call-freplace', { only: Object.values(TARGETS).map(({ program }) => program) });
}

for (const { extension, of, refused } of ROWS) {
  guestTest(`freplace ${extension.replaceAll('_', ' ')} is ${refused === null ? 'accepted' : 'refused'} [jit]`, async (t, guest) => {
    const outcome = await tryReplace(guest, await loadTargets(guest), extension, of);
    if (refused === null) t.equal(outcome.ok ? 'accepted' : `${outcome.code}: ${outcome.log}\n${outcome.message}`, 'accepted');
    else t.match(outcome, { ok: false, code: 'EINVAL', program: extension, log: refused });
  });
}

guestTest('extensions are refused, wherever they call [interpreter]', async (t, guest) => {
  const targets = await loadTargets(guest);
  await guest.sysctl('net.core.bpf_jit_enable', 0);
  for (const { extension, of } of ROWS) {
    const refused = await tryReplace(guest, targets, extension, of);
    t.match(refused, { ok: false, code: 'EINVAL', program: extension, log: /^Extension programs should be JITed$/m }, extension);
  }
});
