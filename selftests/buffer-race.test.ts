import { guestTest } from '../scripts/guest/guest-test.ts';
import { figures } from './lib/figures.ts';
import { nativeJson, scaled, soak } from './lib/native.ts';

interface Run {
  readonly turns: number;
  /** Turns in which the ring was pulled away while the record was open. */
  readonly caughtOpen: number;
  /** Turns after which the next record arrived where it belongs. */
  readonly arrived: number;
  readonly refused: number;
}

const ROWS: readonly { readonly what: string; readonly name: string; readonly turns: number; readonly long: number }[] =
  [
    { what: 'close', name: 'the event is closed and its ring unmapped', turns: 40, long: 5000 },
    { what: 'unmap', name: 'the ring is unmapped', turns: 40, long: 5000 },
    { what: 'replace', name: 'another event takes the slot', turns: 40, long: 5000 },
    { what: 'delete', name: 'the slot is emptied', turns: 40, long: 5000 },
    { what: 'offline', name: 'the CPU goes down', turns: 5, long: 200 },
  ];

for (const { what, name, turns, long } of ROWS) {
  const seconds = soak ? 600 : 30;
  const needs = (guest: { readonly facts: { readonly hello: { readonly cpus: number } } }): string | null =>
    guest.facts.hello.cpus >= 2 ? null : 'one CPU only: there is none to do it';
  guestTest(`with a record open: ${name}`, { seconds, needs }, async (t, guest) => {
    const n = soak ? long : scaled(guest, turns);
    const run = await nativeJson<Run>(guest, ['buffer-race', guest.progPath('buffer-race'), what, String(n)], seconds);
    figures(t, `${run.turns} times, ${run.caughtOpen} with the record open, ${run.arrived} times the next one arrived`);
    t.equal(run.turns, n);
    t.equal(run.refused, 0, 'every record was reserved');
    t.ok(run.caughtOpen >= n * 0.9, `${run.caughtOpen} of ${n} were open at the time`);
    t.equal(run.arrived, n, 'and the next record arrived');
  });
}
