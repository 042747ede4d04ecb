import t from 'tap';
import { parseFragment, type Fragment } from './fragment.ts';
import { configNames, layersFor } from './layers.ts';

const body = '# why\nCONFIG_A=y\n';
const fragments = (files: Record<string, string>): Map<string, Fragment> =>
  new Map(Object.entries(files).map(([name, head]) => [name, parseFragment(`kconfig/${name}.config`, head + body)]));

const files = fragments({ default: '', debug: '# on: default\n\n', dtrace: '# when: DTRACE\n\n' });

t.test('debug is layered on default, the conditional fragment on top', async (t) => {
  const layering = layersFor('debug', files, () => true);
  t.match(layering, {
    fragments: [{ file: 'kconfig/default.config' }, { file: 'kconfig/debug.config' }, { file: 'kconfig/dtrace.config' }],
    left: { length: 0 },
  });
});

t.test('a conditional fragment is left out aloud when the tree lacks the symbol', async (t) => {
  t.match(layersFor('default', files, (symbol) => symbol !== 'DTRACE'), {
    fragments: [{ file: 'kconfig/default.config' }],
    left: [{ name: 'dtrace', why: 'this tree does not define CONFIG_DTRACE' }],
  });
});

t.test('names that cannot be asked for', async (t) => {
  t.same(configNames(files), ['debug', 'default']);
  t.match(layersFor('nope', files, () => true), { code: 'unknown-config', name: 'nope', known: ['debug', 'default'] });
  t.match(layersFor('dtrace', files, () => true), { code: 'conditional-config' });
  t.match(layersFor('lost', fragments({ lost: '# on: gone\n\n' }), () => true), { code: 'unknown-config', name: 'gone' });
  t.match(layersFor('a', fragments({ a: '# on: b\n\n', b: '# on: a\n\n' }), () => true), {
    code: 'layer-cycle',
    chain: ['a', 'b', 'a'],
  });
});
