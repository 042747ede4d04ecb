import t from 'tap';
import { effectiveRequests, parseFragment } from './fragment.ts';

const codes = (text: string): string[] => parseFragment('f.config', text).problems.map((p) => `${p.line} ${p.code}`);

t.test('a group carries its reason, its lines and its values', async (t) => {
  const fragment = parseFragment(
    'kconfig/x.config',
    '# on: default\n# when: DTRACE\n#\n# Head.\n\n# Probes: all\n# of them.\nCONFIG_KPROBES=y\n' +
      '# CONFIG_FOO is not set\nCONFIG_HZ=1000\n',
  );
  t.equal(fragment.on, 'default');
  t.equal(fragment.when, 'DTRACE');
  t.same(fragment.problems, []);
  t.same(
    fragment.requests.map((r) => [r.symbol, r.value, r.line, r.reason]),
    [
      ['KPROBES', 'y', 8, 'Probes: all of them.'],
      ['FOO', 'n', 9, 'Probes: all of them.'],
      ['HZ', '1000', 10, 'Probes: all of them.'],
    ],
  );
});

t.test('a comment inside a group opens a new group', async (t) => {
  const fragment = parseFragment('f', '# One.\nCONFIG_A=y\n# Two.\nCONFIG_B=y\n');
  t.same(
    fragment.requests.map((r) => r.reason),
    ['One.', 'Two.'],
  );
});

t.test('bad input, a row each', async (t) => {
  const rows: [string, string, string[]][] = [
    ['no reason', 'CONFIG_A=y\n', ['1 no-reason']],
    ['blank line ends the reason', '# why\n\nCONFIG_A=y\n', ['3 no-reason']],
    ['twice', '# why\nCONFIG_A=y\nCONFIG_A=n\n', ['3 duplicate']],
    ['missing prefix', '# why\nA=y\nCONFIG_B=y\n', ['2 syntax']],
    ['no value', '# why\nCONFIG_A=\n', ['2 bad-value']],
    ['unquoted string', '# why\nCONFIG_A=hello\n', ['2 bad-value']],
    ['capital Y', '# why\nCONFIG_A=Y\n', ['2 bad-value']],
    ['empty file', '', ['1 empty']],
    ['comments only', '# nothing\n', ['1 empty']],
    ['binary', '\u0000\u0001\n', ['1 syntax', '1 empty']],
    ['merge conflict', '# why\n<<<<<<< HEAD\nCONFIG_A=y\n', ['2 syntax']],
  ];
  for (const [name, text, expected] of rows) t.same(codes(text), expected, name);
});

t.test('a group of one architecture, which no other has', async (t) => {
  const fragment = parseFragment(
    'f',
    [
      ...['# Both.', 'CONFIG_A=y', '', '# Why.', '# arch: x86_64', 'CONFIG_B=y', '# Both again.', 'CONFIG_C=y', ''],
      ...['# arch: arm64', '# Why.', 'CONFIG_D=8', ''],
    ].join('\n'),
  );
  t.same(fragment.problems, []);
  t.same(
    fragment.requests.map(({ symbol, arch, reason }) => [symbol, arch, reason]),
    [
      ['A', undefined, 'Both.'],
      ['B', 'x86_64', 'Why.'],
      ['C', undefined, 'Both again.'],
      ['D', 'arm64', 'Why.'],
    ],
  );
  const of = (arch: string): string =>
    effectiveRequests([fragment], arch)
      .map(({ symbol, value }) => symbol + value)
      .join(' ');
  t.equal(of('x86_64'), 'Ay By Cy Dn');
  t.equal(of('arm64'), 'Ay Bn Cy D8');
  t.same(codes('# why\nCONFIG_A=y\n# arch: x86_64\nCONFIG_B=y\n'), ['4 no-reason'], 'a mark is no reason');
});

t.test('CRLF is tolerated, quoted strings and hexadecimal are values', async (t) => {
  t.same(codes('# why\r\nCONFIG_A=y\r\nCONFIG_S="a \\" b"\r\nCONFIG_X=0x1f\r\n'), []);
});

t.test('a later layer wins', async (t) => {
  const first = parseFragment('a', '# w\nCONFIG_A=y\nCONFIG_B=y\n');
  const second = parseFragment('b', '# w\nCONFIG_A=n\n');
  t.same(
    effectiveRequests([first, second], 'x86_64').map((r) => [r.symbol, r.value, r.file]),
    [
      ['A', 'n', 'b'],
      ['B', 'y', 'a'],
    ],
  );
});
