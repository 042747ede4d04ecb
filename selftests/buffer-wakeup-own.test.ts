/** Waking a reader is something that can be traced, too: what it fires must not be a reason to wake again. */
import { guestTestBothModes } from '../scripts/guest/guest-test.ts';
import { figures } from './lib/figures.ts';
import { nativeJson } from './lib/native.ts';

interface Run {
  readonly broken: number;
  /** Records by the program that is attached to what wakes. */
  readonly turns: number;
  /** What is in the ring. */
  readonly ofEvent: number;
  readonly ofProgram: number;
}

const SECONDS = 20;
/** Of a wake-up without end; what else is woken on that CPU in a tenth of a second is far less. */
const MANY = 20_000;

guestTestBothModes('an event and a program at the wake-up, in one ring: it comes to an end', {}, async (t, guest) => {
  const run = await nativeJson<Run>(
    guest,
    ['buffer-wakeup-own', guest.progPath('buffer-wakeup-own'), String(MANY)],
    SECONDS,
  );
  figures(t, `${run.turns} wake-ups, ${run.ofEvent} records by the event, ${run.ofProgram} by programs`);
  t.equal(run.broken, 0);
  t.ok(run.turns > 0, 'the program was there when a reader was woken');
  t.ok(run.turns < MANY, `${run.turns} wake-ups`);
  t.equal(run.ofProgram, run.turns + 1, 'all its records are in the ring, and the first');
});
