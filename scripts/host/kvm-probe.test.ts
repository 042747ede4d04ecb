import fc from 'fast-check';
import t from 'tap';
import { judgeProbe } from './kvm-probe.ts';

const END = { exitCode: null, timedOut: true, ms: 5_000 };

t.test('only a kernel\'s own first words prove that KVM runs one', async () => {
  const words = fc.array(fc.constantFrom('SeaBIOS (version 1.16.2)', 'Booting from ROM..', 'early console in setup code', 'Decompressing Linux... Parsing ELF...', 'Linux', '\x1b[2J\x1bc', 'version 6.12'));
  fc.assert(fc.property(words, fc.boolean(), (lines, timedOut) => judgeProbe({ ...END, timedOut, words: lines.join('\r\n') }).accel === 'tcg'));
  fc.assert(fc.property(words, (lines) => judgeProbe({ ...END, words: [...lines, '[    0.000000] Linux version 6.12.117 (a@b)'].join('\r\n') }).accel === 'kvm'));
});

t.test('a warning is no complaint, and a screen that is cleared no word', async (t) => {
  const words = "qemu-system-x86_64: warning: host doesn't support requested feature: CPUID.01H:ECX.pni [bit 0]\n\x1bc\x1b[?7l\x1b[2J\x1b[0m";
  t.match(judgeProbe({ ...END, words }).reason, /nothing from a kernel in 5\.0 s, its last words were "qemu-system-x86_64: warning/);
  t.match(judgeProbe({ ...END, words: '\x1bc\x1b[?7l\x1b[2J' }).reason, /not a word$/);
});
