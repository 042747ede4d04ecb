import t from 'tap';
import { budgetOf } from './options.ts';

const GIVEN = { seed: '1', programs: '100', minutes: '2', findings: '3', guests: '2', only: undefined } as const;

t.test('numbers, and one program of them', async (t) => {
  t.match(budgetOf(GIVEN), { guests: 2, budget: { seed: 1, programs: 100, minutes: 2, findings: 3 } });
  t.match(budgetOf({ ...GIVEN, only: '4711' }), { guests: 1, budget: { programs: 1, from: 4711 } });
});

t.test('what is no number is not guessed at', async (t) => {
  for (const wrong of [{ programs: '0' }, { seed: '-1' }, { minutes: '1.5' }, { only: 'x' }, { guests: '' }])
    t.throws(() => budgetOf({ ...GIVEN, ...wrong }), { code: 'E_USAGE' }, JSON.stringify(wrong));
});
