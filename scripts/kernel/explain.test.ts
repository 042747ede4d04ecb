import t from 'tap';
import { parseDotConfig } from './dotconfig.ts';
import { editDistance, explainDropped } from './explain.ts';
import { parseFragment } from './fragment.ts';
import { readSymbols } from './symbols.ts';

const tree: Record<string, string> = {
  Kconfig: 'mainmenu "Test"\nsource "lib/Kconfig"\nsource "arch/$(SRCARCH)/Kconfig"\nsource "$(UNKNOWN)/Kconfig"\n',
  'arch/x86/Kconfig': 'config X86\n\tdef_bool y\n\tselect FORCED\n\nconfig FORCED\n\tbool\n',
  'lib/Kconfig': [
    'menu "Tracing"',
    '\tdepends on DEBUG_FS',
    'config KPROBES',
    '\tbool "Probes, if you like"',
    '\tdepends on HAVE_KPROBES && \\',
    '\t\tMODULES',
    '\thelp',
    '\t  depends on NOTHING_IN_HELP',
    '',
    '\t  config ALSO_NOT',
    'config FPROBE',
    '\tbool "Function probes" # comment',
    '\tdepends on KPROBES',
    'endmenu',
    'config DEBUG_FS',
    '\tbool "debugfs" if EXPERT',
    'config HAVE_KPROBES',
    '\tdef_bool y',
    'config MODULES',
    '\tbool "modules"',
    'if MODULES || EXPERT',
    'config UNLOAD',
    '\tbool "unload"',
    'endif',
    'config FLAG',
    '\tbool "flag"',
    '\tdepends on $(cc-option,-fflag)',
    'config HZ',
    '\tint "ticks"',
    '\trange 1 10',
    'choice',
    '\tprompt "Preemption"',
    'config PREEMPT_NONE',
    '\tbool "none"',
    'config PREEMPT',
    '\tbool "full"',
    'endchoice',
  ].join('\n'),
};
const table = readSymbols((path) => tree[path], 'x86');

const why = (request: string, dotconfig: string): string[] => {
  const [first] = parseFragment('f', `# why\n${request}\n`).requests;
  if (first === undefined) throw new Error('row without a request');
  const config = parseDotConfig(dotconfig);
  return explainDropped({ request: first, actual: config.get(first.symbol) ?? 'n' }, config, table);
};

t.test('reads nesting, continuation, help text and sources', async (t) => {
  t.same([...table.definitions.keys()].sort(), [
    'DEBUG_FS',
    'FLAG',
    'FORCED',
    'FPROBE',
    'HAVE_KPROBES',
    'HZ',
    'KPROBES',
    'MODULES',
    'PREEMPT',
    'PREEMPT_NONE',
    'UNLOAD',
    'X86',
  ]);
  t.equal(table.definitions.get('KPROBES')?.[0]?.depends.length, 2);
  t.same(table.choices.get('lib/Kconfig:31'), ['PREEMPT_NONE', 'PREEMPT']);
});

t.test('why a symbol was dropped, a row each', async (t) => {
  const rows: [string, string, string, string[]][] = [
    [
      'own dependency',
      'CONFIG_KPROBES=y',
      'CONFIG_DEBUG_FS=y\nCONFIG_HAVE_KPROBES=y',
      ['depends on MODULES (lib/Kconfig:5): MODULES is n'],
    ],
    [
      'a dependency of the dependency',
      'CONFIG_FPROBE=y',
      'CONFIG_DEBUG_FS=y\nCONFIG_HAVE_KPROBES=y',
      ['depends on KPROBES (lib/Kconfig:13): KPROBES is n', '  depends on MODULES (lib/Kconfig:5): MODULES is n'],
    ],
    [
      'the menu around it',
      'CONFIG_KPROBES=y',
      'CONFIG_MODULES=y\nCONFIG_HAVE_KPROBES=y',
      ['depends on DEBUG_FS (lib/Kconfig:2): DEBUG_FS is n'],
    ],
    [
      'the if around it',
      'CONFIG_UNLOAD=y',
      '',
      ['depends on MODULES || EXPERT (lib/Kconfig:21): MODULES is n, EXPERT is n'],
    ],
    ['hidden prompt', 'CONFIG_DEBUG_FS=y', '', ['cannot be set by hand unless EXPERT (lib/Kconfig:16): EXPERT is n']],
    [
      'no prompt',
      'CONFIG_HAVE_KPROBES=n',
      'CONFIG_HAVE_KPROBES=y',
      ['has no prompt (lib/Kconfig:17): only a default or a select sets it'],
    ],
    [
      'selected by another',
      'CONFIG_FORCED=n',
      'CONFIG_FORCED=y\nCONFIG_X86=y',
      ['selected by X86 (arch/x86/Kconfig:3)'],
    ],
    [
      'lost a choice',
      'CONFIG_PREEMPT=y',
      'CONFIG_PREEMPT_NONE=y',
      ['the choice at lib/Kconfig:31 went to PREEMPT_NONE'],
    ],
    [
      'won a choice against its will',
      'CONFIG_PREEMPT=n',
      'CONFIG_PREEMPT=y',
      ['the choice at lib/Kconfig:31 has no other member that can be set'],
    ],
    ['compiler cannot', 'CONFIG_FLAG=y', '', ['depends on what the tools can do: $(cc-option,-fflag)']],
    [
      'out of range',
      'CONFIG_HZ=99',
      'CONFIG_HZ=10',
      ['no unmet dependency found at lib/Kconfig:28; the value does not fit its type or range'],
    ],
    [
      'misspelt',
      'CONFIG_KPROBE=y',
      '',
      ['no Kconfig file of this tree defines it; near: CONFIG_KPROBES, CONFIG_FPROBE'],
    ],
    ['unheard of', 'CONFIG_SOMETHING_ELSE=y', '', ['no Kconfig file of this tree defines it']],
  ];
  for (const [name, request, dotconfig, lines] of rows) t.same(why(request, dotconfig), lines, name);
});

t.test('edit distance', async (t) => {
  t.equal(editDistance('KPROBE', 'KPROBES', 3), 1);
  t.equal(editDistance('A', 'ABCDEF', 2), 3, 'given up');
});

t.test('an expression that cannot be read does not stop the table', async (t) => {
  const odd = readSymbols(
    (path) => ({ Kconfig: 'config A\n\tbool "a"\n\tdepends on B ? C\nconfig D\n\tbool "d"\n' })[path],
    'x86',
  );
  t.same([...odd.definitions.keys()], ['A', 'D']);
});
