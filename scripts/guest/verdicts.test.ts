import t from 'tap';
import { parseVerdict } from './verdicts.ts';

t.test('what progs/expect.h makes', async (t) => {
  t.same(parseVerdict('p', 'accepted'), { program: 'p', refused: null });
  t.same(
    parseVerdict('p', 'refused:EACCES:R1 off=8: no'),
    { program: 'p', refused: { code: 'EACCES', text: 'R1 off=8: no' } },
    'a colon in the text is text',
  );
  t.same(parseVerdict('p', 'refused:E2BIG:two\nlines'), {
    program: 'p',
    refused: { code: 'E2BIG', text: 'two\nlines' },
  });
});

t.test('anything else is a mistake, not a verdict', async (t) => {
  for (const tag of ['', 'refused', 'refused:EACCES', 'refused:EACCES:', 'refused:13:text', 'accepted?']) {
    t.throws(() => parseVerdict('p', tag), /p: no verdict/, JSON.stringify(tag));
  }
});
