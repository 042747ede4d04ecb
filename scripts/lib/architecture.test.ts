import t from 'tap';
import {
  ARCHITECTURE_NAMES,
  architectureNamed,
  architectureOf,
  configFor,
  DEFAULT_ARCHITECTURE,
  targetOf,
} from './architecture.ts';

t.test('a configuration names what it is built for, and the usual architecture is not said', async (t) => {
  const rows = [
    ['default', 'x86_64', 'default'],
    ['default', 'arm64', 'default-arm64'],
    ['preempt-lazy', 'x86_64', 'preempt-lazy'],
    ['debug-arm64', 'arm64', 'debug-arm64'],
    ['debug-arm64', 'x86_64', 'debug-arm64'],
  ] as const;
  for (const [asked, arch, config] of rows)
    t.equal(configFor(asked, architectureNamed(arch, '')), config, `${asked} for ${arch}`);
});

t.test('the fragment and the architecture of a name, and of a directory', async (t) => {
  const rows = [
    ['default', 'default', 'x86_64'],
    ['default-arm64', 'default', 'arm64'],
    ['preempt-lazy-arm64', 'preempt-lazy', 'arm64'],
    ['arm64', 'arm64', 'x86_64'],
    ['/w/build-base-debug-arm64', '/w/build-base-debug', 'arm64'],
  ] as const;
  for (const [config, fragment, name] of rows) {
    t.match(targetOf(config), { fragment, arch: { name } });
    t.equal(architectureOf(config).name, name);
  }
});

t.test('the host has the files of guests of its own architecture only', async (t) => {
  t.strictSame(ARCHITECTURE_NAMES, ['x86_64', 'arm64']);
  t.equal(DEFAULT_ARCHITECTURE.foreign, undefined);
  t.equal(architectureNamed('arm64', '').foreign, 'arm64');
  t.throws(() => architectureNamed('riscv', 'npm test -- --help'), {
    code: 'E_USAGE',
    message: '--arch riscv: it is one of x86_64, arm64',
    next: 'npm test -- --help',
  });
});
