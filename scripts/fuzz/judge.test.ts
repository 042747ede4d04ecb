import t from 'tap';
import type { Answer, Seen } from './batch.ts';
import { disagreements, type Judged } from './judge.ts';

const ACCEPTED: Judged = { verdict: { verdict: 'accept' }, expected: [] };
const REFUSED: Judged = { verdict: { verdict: 'refuse', why: 'open', at: 3 }, expected: [] };
const UNKNOWN: Judged = { verdict: { verdict: 'unknown', why: 'paths' }, expected: [] };
const HARMFUL: Judged = { ...ACCEPTED, expected: [{ result: undefined, ring: undefined, harm: 'outside' }] };
const ring: Seen = { program: 0, mode: 'jit', what: 'ring', scenario: 2, text: 'head' };
const answer = (loaded: Answer['loaded'][number], ...seen: Seen[]): Answer => ({
  loaded: [loaded],
  seen,
  interpreted: 0,
  logs: new Map(),
});
const kinds = (judged: Judged, of: Answer): string[] => disagreements(judged, 0, of).map(({ kind }) => kind);

t.test('what is a disagreement, the first of them first', async (t) => {
  const rows: readonly (readonly [Judged, Answer, readonly string[]])[] = [
    [ACCEPTED, answer('loaded'), []],
    [REFUSED, answer('refused'), []],
    [UNKNOWN, answer('loaded'), []],
    [UNKNOWN, answer('refused'), []],
    [ACCEPTED, answer('refused'), ['refused']],
    [ACCEPTED, answer('odd'), ['refused']],
    [REFUSED, answer('loaded'), ['loaded']],
    [REFUSED, answer('loaded', ring), ['loaded', 'ring']],
    [UNKNOWN, answer('loaded', ring), ['ring']],
    [HARMFUL, answer('loaded'), ['harm']],
    [HARMFUL, answer('refused'), ['refused']],
    [ACCEPTED, answer('loaded', { ...ring, program: 1 }), []],
  ];
  for (const [judged, of, expected] of rows) t.same(kinds(judged, of), expected);
});
