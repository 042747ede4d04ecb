import fc from 'fast-check';
import t from 'tap';
import { isMixedInto } from './mixed-letters.ts';

const PHRASE = 'possible recursive locking detected';

t.test('the phrase itself, words like it, and the same letters all over a text are not mixed', async (t) => {
  t.notOk(isMixedInto(PHRASE, PHRASE));
  t.notOk(isMixedInto('possible recursive dead-locking detected', PHRASE));
  t.notOk(isMixedInto([...PHRASE].join('.'.repeat(40)), PHRASE));
  t.notOk(isMixedInto([...PHRASE.slice(1)].join('.'), PHRASE));
});

/** A turn of each writer: letters of the phrase, and up to four times as many that it does not have. */
const turn = fc.integer({ min: 1, max: 4 }).chain((run) =>
  fc.record({
    run: fc.constant(run),
    other: fc.string({ unit: fc.constantFrom(...'0123456789WXYZ.'), minLength: 1, maxLength: run * 4 }),
  }),
);

t.test('in turn with another writer they are, however long the turns', async (t) => {
  fc.assert(
    fc.property(fc.array(turn, { minLength: 1, maxLength: 12 }), (turns) => {
      let text = '';
      for (let [at, nth] = [0, 0]; at < PHRASE.length; nth++) {
        const { run = 1, other = '' } = turns[nth % turns.length] ?? {};
        text += PHRASE.slice(at, (at += run)) + other;
      }
      return isMixedInto(`before ${text} after`, PHRASE);
    }),
    { numRuns: 60 },
  );
  t.pass('60 texts');
});
