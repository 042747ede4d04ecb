import t from 'tap';
import { parseFragment, type Fragment } from './fragment.ts';
import { layersFor, namedConfigs } from './layers.ts';

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

t.test(
  'a fragment for one command can be asked for, and is none of those that everything is tested with',
  async (t) => {
    const all = fragments({ default: '', debug: '# on: default\n\n', clients: '# on: default\n# for: clients\n\n' });
    t.strictSame(namedConfigs(all), ['debug', 'default']);
    const { fragments: layers } = await layersFor('clients', all, async () => true);
    t.strictSame(
      layers.map(({ file }) => file),
      ['kconfig/default.config', 'kconfig/clients.config'],
    );
  },
);

t.test('a conditional fragment is left out aloud when the tree lacks the symbol', async (t) => {
  t.match(await layersFor('default', files, async (symbol) => symbol !== 'DTRACE'), {
    fragments: [{ file: 'kconfig/default.config' }],
    left: [{ name: 'dtrace', why: 'this tree does not define CONFIG_DTRACE' }],
  });
});

t.test('what a tree has instead is directly on the layer that it changes, below what is on top of that', async (t) => {
  const lazy = '# on: default\n# when: PREEMPT_LAZY\n\n';
  const more = fragments({ default: '', debug: '# on: default\n\n', dtrace: '# when: DTRACE\n\n', lazy, other: '' });
  const filesOf = async (name: string, symbols: readonly string[]): Promise<string[]> =>
    (await layersFor(name, more, async (symbol) => symbols.includes(symbol))).fragments.map(({ file }) => file);
  const of = (...names: string[]): string[] => names.map((name) => `kconfig/${name}.config`);
  t.strictSame(await filesOf('debug', ['PREEMPT_LAZY', 'DTRACE']), of('default', 'lazy', 'debug', 'dtrace'));
  t.strictSame(await filesOf('default', ['PREEMPT_LAZY']), of('default', 'lazy'));
  t.strictSame(await filesOf('debug', []), of('default', 'debug'), 'a tree without the symbol');
  t.strictSame(await filesOf('other', ['PREEMPT_LAZY']), of('other'), 'a configuration that is not on it');
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
