import t from 'tap';
import { dropped, parseDotConfig, symbolValue } from './dotconfig.ts';
import { parseFragment } from './fragment.ts';

const config = parseDotConfig(
  '#\n# Automatically generated\n#\nCONFIG_A=y\n# CONFIG_B is not set\nCONFIG_HZ=250\nCONFIG_S="x=y"\n',
);

t.test('values, and absence as n', async (t) => {
  t.equal(symbolValue(config, 'A'), 'y');
  t.equal(symbolValue(config, 'B'), 'n');
  t.equal(symbolValue(config, 'UNHEARD_OF'), 'n');
  t.equal(symbolValue(config, 'S'), '"x=y"');
});

t.test('both directions, a row each', async (t) => {
  const rows: [string, string | undefined][] = [
    ['CONFIG_A=y', undefined],
    ['CONFIG_A=n', 'y'],
    ['# CONFIG_A is not set', 'y'],
    ['CONFIG_B=y', 'n'],
    ['# CONFIG_B is not set', undefined],
    ['CONFIG_B=n', undefined],
    ['CONFIG_UNHEARD_OF=y', 'n'],
    ['CONFIG_A=m', 'y'],
    ['CONFIG_HZ=250', undefined],
    ['CONFIG_HZ=1000', '250'],
    ['CONFIG_S="x=y"', undefined],
  ];
  for (const [line, actual] of rows) {
    const { requests } = parseFragment('f', `# why\n${line}\n`);
    t.equal(dropped(requests, config)[0]?.actual, actual, line);
  }
});

t.test('an empty .config drops every =y request', async (t) => {
  const { requests } = parseFragment('f', '# why\nCONFIG_A=y\nCONFIG_B=n\n');
  t.same(
    dropped(requests, parseDotConfig('')).map((d) => d.request.symbol),
    ['A'],
  );
});
