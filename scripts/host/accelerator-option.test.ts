import t from 'tap';
import { formatHelp } from '../lib/options.ts';
import { ACCEL_OPTION, accelIn, wantedAccel } from './accelerator-option.ts';

t.test('one of three words', async (t) => {
  for (const word of ['auto', 'kvm', 'tcg'] as const) t.equal(wantedAccel(word, ''), word);
  for (const word of ['KVM', 'xen', 'kvm '])
    t.throws(() => wantedAccel(word, 'npm run soak -- --help'), {
      code: 'E_USAGE',
      exitCode: 2,
      message: /one of auto, kvm, tcg/,
      next: 'npm run soak -- --help',
    });
});

t.test('of a script', async (t) => {
  t.equal(accelIn('kernel/run.ts', []), 'auto');
  t.equal(accelIn('kernel/run.ts', ['--accel=tcg']), 'tcg');
  t.throws(() => accelIn('kernel/run.ts', ['--acel', 'tcg']), { code: 'E_UNKNOWN_OPTION' });
});

t.test('every command that boots has it, with the same words but where it means something else', async (t) => {
  for (const name of ['test', 'test-only', 'soak', 'bisect', 'bench', 'regress', 'clients']) {
    const { command } = (await import(`../commands/${name}.ts`)) as { command: Parameters<typeof formatHelp>[0] };
    t.match(command.options['accel'], { type: 'string', default: 'auto', value: 'auto|kvm|tcg' }, name);
    if (name !== 'bench') t.equal(command.options['accel'], ACCEL_OPTION.accel, name);
    t.match(formatHelp(command), /--accel auto\|kvm\|tcg .*exit 69.*\(default auto\)/, name);
  }
});
