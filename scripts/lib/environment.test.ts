import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { HOSTILE, PROXY, shellHas } from '../testing/hostile.ts';
import { environmentOf, settingsOf, toolOf } from './environment.ts';
import { exec } from './exec.ts';
import { gitArgv, gitText, openGit } from './git.ts';

const SHELL = { PATH: '/bin', HOME: '/h', ...HOSTILE, ...PROXY };
/** The cache's places and size, for what a process of the workbench may build. */
const KEPT = (tool: string): readonly string[] =>
  tool === 'node' ? ['CCACHE_DIR', 'CCACHE_MAXSIZE', 'CCACHE_REMOTE_STORAGE'] : [];

/** Variables as `env` prints them. */
const parse = (text: string): Record<string, string> =>
  Object.fromEntries(
    text
      .split('\n')
      .filter((line) => line.includes('='))
      .map((line) => {
        const at = line.indexOf('=');
        return [line.slice(0, at), line.slice(at + 1)];
      }),
  );

t.test('what each tool is, by its command line', async (t) => {
  const rows: readonly [string[], string][] = [
    [['git', 'log'], 'git'],
    [['/usr/bin/make', '-j2'], 'make'],
    [['nice', '-n', '19', 'make', 'x'], 'make'],
    [['/w/scripts/kconfig/merge_config.sh', '-m'], 'merge_config.sh'],
    [[process.execPath, 'x'], 'node'],
    [[], ''],
  ];
  for (const [argv, tool] of rows) t.equal(toolOf(argv), tool, argv.join(' '));
});

t.test('a tool sees nothing of the shell that was not chosen', async (t) => {
  for (const tool of [
    'git',
    'git fetch',
    'make',
    'merge_config.sh',
    'perl',
    'python3',
    'apt-get',
    'vng',
    'gcc',
    'clang-19',
    'node',
    'sh',
    'bash',
    'du',
  ]) {
    const seen = environmentOf(tool, SHELL, '/tmp');
    const own = settingsOf(tool, SHELL);
    const leaked = Object.keys(HOSTILE).filter((name) => seen[name] !== own[name] && !KEPT(tool).includes(name));
    t.strictSame(leaked, [], tool);
    t.match(seen, { PATH: '/bin', TMPDIR: '/tmp', LC_ALL: 'C' }, tool);
    const fetches = ['git fetch', 'apt-get'].includes(tool);
    t.strictSame(
      Object.keys(PROXY).filter((name) => name in seen),
      fetches ? Object.keys(PROXY) : [],
      `${tool}: proxies`,
    );
  }
  t.equal(
    environmentOf('perl', SHELL, '/tmp')['HOME'],
    '/nonexistent',
    'checkpatch.pl reads options of the home directory',
  );
  t.strictSame(environmentOf('sh', {}, '/tmp'), { TMPDIR: '/tmp', LC_ALL: 'C' }, 'nothing is invented');
});

t.test('the compiler cache is where and as large as the person says, if that can be', async (t) => {
  const rows: readonly [Record<string, string>, { CCACHE_DIR: string; CCACHE_MAXSIZE: string }][] = [
    [{ HOME: '/h' }, { CCACHE_DIR: '/h/.cache/dtrace-bpf/ccache', CCACHE_MAXSIZE: '20G' }],
    [
      { HOME: '/h', CCACHE_DIR: '/mine', CCACHE_MAXSIZE: '5 GiB' },
      { CCACHE_DIR: '/mine', CCACHE_MAXSIZE: '5 GiB' },
    ],
    [
      { HOME: '/h', CCACHE_DIR: 'mine', CCACHE_MAXSIZE: 'huge' },
      { CCACHE_DIR: '/h/.cache/dtrace-bpf/ccache', CCACHE_MAXSIZE: '20G' },
    ],
    [
      { XDG_CACHE_HOME: '/c', CCACHE_MAXSIZE: '1.5T' },
      { CCACHE_DIR: '/c/dtrace-bpf/ccache', CCACHE_MAXSIZE: '1.5T' },
    ],
  ];
  for (const [shell, wanted] of rows)
    t.match(settingsOf('make', shell), { ...wanted, CCACHE_CONFIGPATH: '/dev/null' }, JSON.stringify(shell));
});

t.test('a compiler cache of several machines, if the person names one that ccache knows', async (t) => {
  const of = (remote: string): string | undefined =>
    settingsOf('make', { HOME: '/h', CCACHE_REMOTE_STORAGE: remote })['CCACHE_REMOTE_STORAGE'];
  for (const remote of [
    'http://cache:8080/kernel|layout=bazel',
    'redis://user:word@10.0.0.1:6379|connect-timeout=50',
    'redis+unix:/run/redis.sock',
    'file:///srv/ccache|umask=002',
  ])
    t.equal(of(remote), remote);
  for (const remote of ['', 'nonsense', 'https://cache/', 'ftp://cache/', 'http://cache/ a'])
    t.equal(of(remote), undefined, remote);
});

t.test('what really arrives, a tool each', async (t) => {
  const dir = t.testdir({
    Makefile: 'all:\n\t@env\n',
    'child.mjs': 'for (const [name, value] of Object.entries(process.env)) console.log(`${name}=${value}`);',
  });
  // no node can start with that
  shellHas(t, { ...HOSTILE, ...PROXY, NODE_OPTIONS: '--require=/nowhere.js' });
  const rows: readonly [string, string[]][] = [
    ['sh', ['sh', '-c', 'env']],
    ['bash', ['bash', '-c', 'env']],
    ['make', ['make', '-s', '-C', dir]],
    ['make', ['nice', '-n', '1', 'make', '-s', '-C', dir]],
    [
      'git',
      gitArgv(['-c', 'alias.show=!env', 'show-environment']).map((word) =>
        word.replace('alias.show=', 'alias.show-environment='),
      ),
    ],
    ['node', [process.execPath, join(dir, 'child.mjs')]],
    ['perl', ['perl', '-e', 'print "$_=$ENV{$_}\\n" for keys %ENV']],
    ['python3', ['python3', '-c', 'import os\nfor name, value in os.environ.items(): print(name + "=" + value)']],
  ];
  /** What the tools set themselves for their children. */
  const theirs = new Set([
    'MAKEFLAGS',
    'MAKELEVEL',
    'MFLAGS',
    'GIT_CONFIG_PARAMETERS',
    'GIT_EXEC_PATH',
    'GIT_DIR',
    'GIT_PREFIX',
    'LC_CTYPE',
  ]);
  for (const [tool, argv] of rows) {
    const result = await exec(argv, { cwd: dir });
    t.match(result, { exitCode: 0, stderr: '' }, tool);
    const seen = parse(result.stdout);
    t.equal(seen['LC_ALL'], 'C', tool);
    const own = settingsOf(tool, process.env);
    const leaked = Object.entries({ ...HOSTILE, ...PROXY }).filter(([name, value]) => {
      return theirs.has(name) ? seen[name] === value : seen[name] !== own[name] && !KEPT(tool).includes(name);
    });
    t.strictSame(leaked, [], tool);
  }
});

t.test('git answers the same, whatever the shell says, a variable each', async (t) => {
  const dir = t.testdir({});
  const repo = join(dir, 'repo');
  await gitText(dir, ['init', '-q', repo]);
  writeFileSync(join(repo, 'f'), 'x\n');
  await gitText(repo, ['add', 'f']);
  await gitText(repo, ['-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-q', '-m', 'one']);
  const head = await gitText(repo, ['rev-parse', 'HEAD']);
  mkdirSync(join(dir, 'home/.config/git'), { recursive: true });
  writeFileSync(join(dir, 'home/.config/git/ignore'), '*\n');
  writeFileSync(join(repo, 'new'), '');
  for (const [name, value] of [
    ...Object.entries(HOSTILE).filter(([key]) => key.startsWith('GIT_')),
    ['HOME', join(dir, 'home')] as const,
  ]) {
    await t.test(name, async (t) => {
      shellHas(t, { [name]: value });
      t.equal(await gitText(repo, ['rev-parse', 'HEAD']), head);
      t.equal(await gitText(repo, ['status', '--porcelain']), '?? new\n');
      t.equal((await openGit(repo).log()).latest?.hash, head.trim());
    });
  }
});

t.test('what a tool writes has the usual modes', async (t) => {
  const before = process.umask(0o077);
  t.teardown(() => void process.umask(before));
  t.equal((await exec(['sh', '-c', 'umask'])).stdout.trim(), '0022');
});

t.test("a person's replacements of objects are not seen: files are those of their ids", async (t) => {
  const repo = t.testdir({ f: 'real\n', other: 'replaced\n' });
  await gitText(repo, ['init', '-q', '.']);
  await gitText(repo, ['add', 'f']);
  const [real, other] = [
    await gitText(repo, ['hash-object', 'f']),
    await gitText(repo, ['hash-object', '-w', 'other']),
  ].map((id) => id.trim());
  await gitText(repo, ['replace', real ?? '', other ?? '']);
  t.equal(await gitText(repo, ['cat-file', 'blob', real ?? '']), 'real\n');
  t.equal(await openGit(repo).raw(['cat-file', 'blob', real ?? '']), 'real\n');
});
