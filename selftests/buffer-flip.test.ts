/** What is in the ring can change at any time, and no helper that is given it minds (D33). In the debug kernel KASAN watches. */
import { guestTest } from '../scripts/guest/guest-test.ts';
import { figures } from './lib/figures.ts';
import { nativeJson, scaled, soak } from './lib/native.ts';

interface Run {
  readonly fired: number;
  readonly refused: number;
  /** Turns through all helpers. */
  readonly rounds: number;
  /** Those behind which the program read something else than it had written. */
  readonly changed: number;
  readonly flips: number;
  /** Records that the last firing left, when the thread had ended. */
  readonly last: number;
}

const FIRINGS = 4000;
const LONG_FIRINGS = 100_000;
const ROUNDS_A_FIRING = 8;
const SECONDS = soak ? 600 : 30;

const needs = (guest: { readonly facts: { readonly hello: { readonly cpus: number } } }): string | null =>
  guest.facts.hello.cpus >= 2 ? null : 'one CPU only: there is none to write to the ring';

guestTest(
  'D33: a thread writes to the ring while helpers use a record in it: the kernel does not mind',
  { seconds: SECONDS, needs },
  async (t, guest) => {
    const n = soak ? LONG_FIRINGS : scaled(guest, FIRINGS);
    const run = await nativeJson<Run>(guest, ['buffer-flip', guest.progPath('buffer-flip'), String(n)], SECONDS);
    figures(t, `${run.fired} records, ${run.rounds} turns, in ${run.changed} of them the record was changed`);
    t.equal(run.fired, n);
    t.equal(run.refused, 0, 'every record was reserved');
    t.equal(run.rounds, (n + 1) * ROUNDS_A_FIRING);
    t.ok(run.changed > run.rounds / 10, `${run.changed} of ${run.rounds} saw what the thread wrote`);
    t.equal(run.last, 1 + ROUNDS_A_FIRING, 'the next record is whole, and so are those that were copied out of it');
  },
);
