import { guestTest } from '../scripts/guest/guest-test.ts';
import { verdicts } from '../scripts/guest/verdicts.ts';

/** Each program says for itself what the verifier has to say of it: progs/buffer-verifier-*.bpf.c. */
const OBJECTS: Readonly<Record<string, string>> = {
  'buffer-verifier-pair': 'D10: reserve and commit are a pair on every path',
  'buffer-verifier-call': 'the pair across functions, global functions and callbacks',
  'buffer-verifier-use': 'D16, D18, D19: how long the pointers live and what may be done with them',
  'buffer-verifier-bounds': 'D17, D20: every form of the range test, off by one on both sides',
  'buffer-verifier-helper': 'D21, D25, D33: the buffer as memory of helpers; the arguments of the three',
  'buffer-verifier-clang': 'what people write, as clang compiles it',
};

for (const [object, what] of Object.entries(OBJECTS)) {
  guestTest(what, { seconds: 40 }, async (t, guest) => verdicts(t, guest, object));
}

guestTest(
  'without CAP_PERFMON the type cannot be loaded at all: nobody unprivileged has a buffer to leak addresses into',
  async (t, guest) => {
    await guest.withCaps(['bpf'], async () => {
      const refused = await guest.tryLoad('buffer-verifier-use', { only: ['store_and_load_back'] });
      t.equal(refused.ok ? 'loaded' : refused.code, 'EPERM');
    });
  },
);

guestTest('strict alignment: the data of a record is 4 bytes off', async (t, guest) => {
  const strict = (program: string): Promise<{ readonly ok: boolean; readonly log?: string }> =>
    guest.tryLoad('buffer-verifier-use', { only: [program], programs: { [program]: { flags: 1 } } });
  const word = await strict('store_and_load_back');
  t.equal(word.ok, false);
  t.match(word.log, /misaligned buffer access off 4\+.* size 8/);
  t.equal((await strict('narrow_stores_only')).ok, true);
});
