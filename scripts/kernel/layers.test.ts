import t from 'tap';
import { parseFragment, type Fragment } from './fragment.ts';
import { layersFor } from './layers.ts';

const body = '# why\nCONFIG_A=y\n';
const fragments = (files: Record<string, string>): Map<string, Fragment> =>
  new Map(Object.entries(files).map(([name, head]) => [name, parseFragment(`kconfig/${name}.config`, head + body)]));

const files = fragments({ default: '', debug: '# on: default\n\n', dtrace: '# when: DTRACE\n\n' });

t.test('debug is layered on default, the conditional fragment on top', async (t) => {
  const layering = await layersFor('debug', files, async () => true);
  t.match(layering, {
    fragments: [
      { file: 'kconfig/default.config' },
      { file: 'kconfig/debug.config' },
      { file: 'kconfig/dtrace.config' },
    ],
    left: { length: 0 },
  });
});

t.test('a conditional fragment is left out aloud when the tree lacks the symbol', async (t) => {
  t.match(await layersFor('default', files, async (symbol) => symbol !== 'DTRACE'), {
    fragments: [{ file: 'kconfig/default.config' }],
    left: [{ name: 'dtrace', why: 'this tree does not define CONFIG_DTRACE' }],
  });
});

t.test('names that cannot be asked for', async (t) => {
  const refused = (name: string, message: RegExp, among = files): Promise<unknown> =>
    t.rejects(
      layersFor(name, among, async () => true),
      { code: 'E_CONFIG', message, next: /run config -- --help$/ },
    );
  await refused('nope', /^unknown-config nope; known: debug, default$/);
  await refused('dtrace', /^conditional-config dtrace; known: debug, default$/);
  await refused('lost', /^unknown-config gone; known: lost$/, fragments({ lost: '# on: gone\n\n' }));
  await refused('a', /^layer-cycle a: a -> b -> a$/, fragments({ a: '# on: b\n\n', b: '# on: a\n\n' }));
});
