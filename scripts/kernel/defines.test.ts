import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { definesSymbol } from './defines.ts';

t.test('a symbol is defined when a file that something sources defines it, a row each', async (t) => {
  const dir = t.testdir({
    Kconfig: 'config TOP\n\tbool\nsource "kernel/Kconfig"\n',
    kernel: { Kconfig: 'menuconfig MENU\n\tbool\n', 'Kconfig.lost': 'config LOST\n\tbool\n' },
  });
  execFileSync('git', ['init', '-q'], { cwd: dir });
  execFileSync('git', ['add', '.'], { cwd: dir });
  for (const [symbol, expected] of [
    ['TOP', true],
    ['MENU', true],
    ['LOST', false],
    ['NONE', false],
  ] as const)
    t.equal(await definesSymbol(dir, symbol), expected, symbol);
  rmSync(join(dir, '.git'), { recursive: true });
  writeFileSync(join(dir, '.git'), 'gitdir: /nowhere\n');
  await t.rejects(
    definesSymbol(dir, 'TOP'),
    { code: 'E_EXEC', detail: /not a git repository/ },
    'no answer is no "no"',
  );
});
