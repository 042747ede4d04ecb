import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { judgeProbe, probe } from './kvm-probe.ts';

const END = { exitCode: null, timedOut: true, ms: 5_000 };

t.test("only a kernel's own first words prove that KVM runs one", async () => {
  const words = fc.array(
    fc.constantFrom(
      'SeaBIOS (version 1.16.2)',
      'Booting from ROM..',
      'early console in setup code',
      'Decompressing Linux... Parsing ELF...',
      'Linux',
      '\x1b[2J\x1bc',
      'version 6.12',
    ),
  );
  fc.assert(
    fc.property(
      words,
      fc.boolean(),
      (lines, timedOut) => judgeProbe({ ...END, timedOut, words: lines.join('\r\n') })?.accel === 'tcg',
    ),
  );
  fc.assert(
    fc.property(
      words,
      (lines) =>
        judgeProbe({ ...END, words: [...lines, '[    0.000000] Linux version 6.12.117 (a@b)'].join('\r\n') })?.accel ===
        'kvm',
    ),
  );
});

t.test('a warning is no complaint, and a screen that is cleared no word', async (t) => {
  const words =
    "qemu-system-x86_64: warning: host doesn't support requested feature: CPUID.01H:ECX.pni [bit 0]\n" +
    '\x1bc\x1b[?7l\x1b[2J\x1b[0m';
  t.match(
    judgeProbe({ ...END, words })?.reason,
    /nothing from a kernel in 5\.0 s, its last words were "qemu-system-x86_64: warning/,
  );
  t.match(judgeProbe({ ...END, words: '\x1bc\x1b[?7l\x1b[2J' })?.reason, /not a word$/);
});

t.test("the words of a menu or a command line are not a kernel's, and what never began is no verdict", async (t) => {
  for (const words of [
    'GRUB menu: Linux version 6.1 (recovery)',
    'qemu-system-x86_64: -append "Linux version 6": odd',
    '[    0.000000] Linux version is unknown',
  ]) {
    t.equal(judgeProbe({ ...END, words })?.accel, 'tcg', words);
  }
  t.equal(judgeProbe({ ...END, words: '[    0.000000][    T0] Linux version 7.3.4 (a@b)' })?.accel, 'kvm');
  for (const words of [
    "qemu: could not load kernel '/k': bad",
    'setpriv: failed to execute qemu-system-x86_64: No such file or directory',
  ]) {
    t.equal(judgeProbe({ exitCode: 1, timedOut: false, ms: 10, words }), undefined, words);
  }
});

t.test('a QEMU that never stops talking is ended, and fills no disk', async (t) => {
  const qemu = join(t.testdir({ qemu: '#!/bin/sh\nexec yes AAAA\n' }), 'qemu');
  chmodSync(qemu, 0o755);
  const outcome = await probe(qemu, '/nowhere', new AbortController().signal, 60_000);
  t.ok(outcome.words.length > 1_000_000 && outcome.words.length <= 4 << 20, `${outcome.words.length} bytes`);
  t.equal(outcome.timedOut, false);
  t.equal(judgeProbe(outcome)?.accel, 'tcg');
});
