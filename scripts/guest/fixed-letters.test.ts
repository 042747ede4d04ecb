import t from 'tap';
import { fixedLetters } from './fixed-letters.ts';

t.test('what stands in every text that a pattern matches, and nothing else', async (t) => {
  const rows: readonly (readonly [RegExp, readonly string[]])[] = [
    [/^irq \d+: nobody cared/, ['irq : nobody cared']],
    [/^[Kk]ernel BUG at /, ['Kernel BUG at ', 'kernel BUG at ']],
    [/^(?:rcu: )?INFO: \S+ stall$/, ['INFO: ', ' stall']],
    [/^VFS: (?:Busy|Close): \.{2}\[/, ['VFS: Busy: ..[', 'VFS: Close: ..[']],
    [/^ODEBUG: (?!selftest passed)/, ['ODEBUG: ']],
    [/ab*c+[0-9a-f]{4}d?e|\bf/, ['ac', 'e', 'f']],
  ];
  for (const [pattern, runs] of rows)
    t.strictSame(
      fixedLetters(pattern).filter((run) => run !== ''),
      runs,
    );
});
