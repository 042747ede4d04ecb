import { guestTest } from '../scripts/guest/guest-test.ts';
import { figures } from './lib/figures.ts';
import { nativeJson, scaled, soak } from './lib/native.ts';

interface Run {
  readonly broken: number;
  readonly turns: number;
  /** Turns in which the writer was firing when the CPU went. */
  readonly interrupted: number;
  /** Turns in which it found the CPU gone, and in which its records were refused when the CPU was back. */
  readonly offline: number;
  readonly refused: number;
  /** Turns after which a new event on that CPU took records. */
  readonly arrived: number;
  readonly sequence: number;
  readonly seen: number;
  readonly full: number;
  readonly lost: number;
  readonly formatLost: number;
  readonly bad: number;
  /** Turns in which what was read is not what was committed. */
  readonly unaccounted: number;
}

const seconds = soak ? 600 : 30;
const needs = (guest: { readonly facts: { readonly hello: { readonly cpus: number } } }): string | null =>
  guest.facts.hello.cpus >= 2 ? null : 'one CPU only: it cannot be taken down';

guestTest(
  'a CPU goes down and up while its program writes: all that was committed is read or counted',
  { seconds, needs },
  async (t, guest) => {
    const turns = soak ? 300 : scaled(guest, 20);
    const run = await nativeJson<Run>(
      guest,
      ['buffer-hotplug', guest.progPath('buffer-order'), String(turns)],
      seconds,
    );
    figures(
      t,
      `${run.turns} times down and up, ${run.sequence} records: ${run.seen} read, ${run.full} found no room, ` +
        `${run.unaccounted} times not accounted for`,
    );
    t.equal(run.broken, 0, 'the ring held records and nothing else');
    t.equal(run.turns, turns);
    t.equal(run.interrupted, turns, 'the writer was at it when the CPU went');
    t.equal(run.offline, turns, 'and found it gone');
    t.equal(run.refused, turns, 'an event does not outlive its CPU: records are refused when that is back');
    t.equal(run.arrived, turns, 'a new event takes records');
    t.equal(run.bad, 0, 'nothing torn, doubled, out of order or unexplained');
    t.equal(run.unaccounted, 0, `${run.seen} read of ${run.sequence}, ${run.full} found no room`);
    t.equal(run.formatLost, run.full, 'PERF_FORMAT_LOST agrees');
  },
);
