/**
 * The environment of each tool: what it may see of the shell's, and what it gets of ours. A list of what is allowed,
 * because what changes a result is the variable that no list of forbidden ones has (GIT_COMMON_DIR, ARCH, KCFLAGS,
 * MAKEFLAGS, LANG, NODE_OPTIONS, PERL5OPT). Pure; exec.ts hands the shell's in.
 */
import { basename } from 'node:path';
import { cachePaths } from './paths.ts';

export type Environment = Readonly<Record<string, string>>;
export type Shell = Readonly<Record<string, string | undefined>>;

/** Of the shell's for every tool. HOME is where a version manager's programs of PATH look for the real ones. */
const EVERYWHERE = ['PATH', 'HOME'] as const;

const PROXIES = ['http_proxy', 'https_proxy', 'ftp_proxy', 'all_proxy', 'no_proxy'].flatMap((name) => [
  name,
  name.toUpperCase(),
]);
/** Who asks, through what, and whom it trusts: only for what goes over the network. */
const NETWORK = [
  ...PROXIES,
  'USER',
  'LOGNAME',
  'SSH_AUTH_SOCK',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'CURL_CA_BUNDLE',
] as const;

/**
 * git must not depend on who runs it: no personal or system configuration, no prompt, pager or editor, English
 * messages. To look at a tree that is a person's own is not to write its index.
 */
const GIT: Environment = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_ATTR_NOSYSTEM: '1',
  // refs/replace of a person would give other files under the same ids
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_EDITOR: 'true',
  GIT_PAGER: 'cat',
  GIT_OPTIONAL_LOCKS: '0',
};

/** Same sources, same image: nothing of the builder or the hour gets in. */
const REPRODUCIBLE: Environment = {
  KBUILD_BUILD_TIMESTAMP: 'Thu Jan  1 00:00:00 UTC 1970',
  KBUILD_BUILD_USER: 'dtrace-bpf',
  KBUILD_BUILD_HOST: 'dtrace-bpf',
  KBUILD_BUILD_VERSION: '1',
  // without it, the release string depends on whether the checkout is clean and tagged
  LOCALVERSION: '',
  // modules that a person installed for themselves
  PYTHONNOUSERSITE: '1',
};

/** A server or a directory behind the local cache, with ccache's own attributes; https it does not speak. */
const REMOTE = /^(?:http|redis|redis\+unix|file):\S+$/;

/**
 * ccache without surprises: settings come from here and not from the person's own configuration, except for
 * the place (CCACHE_DIR), the size (CCACHE_MAXSIZE), and what is shared with other machines (CCACHE_REMOTE_STORAGE)
 * when they have set usable ones.
 */
function ccache(shell: Shell): Environment {
  const { CCACHE_DIR: place = '', CCACHE_MAXSIZE: size = '', CCACHE_REMOTE_STORAGE: remote = '' } = shell;
  return {
    ...(REMOTE.test(remote) ? { CCACHE_REMOTE_STORAGE: remote } : {}),
    CCACHE_DIR: place.startsWith('/') ? place : cachePaths(shell).ccache,
    CCACHE_MAXSIZE: /^\d+(?:\.\d+)?\s?(?:[kKMGT]i?B?)?$/.test(size) ? size : '20G',
    CCACHE_CONFIGPATH: '/dev/null',
    // debug information names the directory; with `..` paths and a prefix map it says the same everywhere
    CCACHE_NOHASHDIR: '1',
    CCACHE_SLOPPINESS: 'time_macros',
    // Not CCACHE_DEPEND, which saves a quarter of the work for every miss: without preprocessing ccache does not see
    // .incbin, and took an earlier kernel for the payload of bzImage, which had the same size. The name keeps what was
    // stored like that from being found.
    CCACHE_NAMESPACE: 'preprocessed',
  };
}

interface Rule {
  /** Of the shell's, besides those for every tool. */
  readonly keeps?: readonly string[];
  readonly sets?: (shell: Shell) => Environment;
}

const apt: Rule = { keeps: NETWORK, sets: () => ({ DEBIAN_FRONTEND: 'noninteractive' }) };
const kernel: Rule = { sets: (shell) => ({ ...REPRODUCIBLE, ...ccache(shell) }) };
/** checkpatch.pl and get_maintainer.pl look for options in the home directory. */
const perl: Rule = { sets: () => ({ HOME: '/nonexistent' }) };

/** What a tool not listed here gets is what every tool gets. */
const RULES: Readonly<Record<string, Rule>> = {
  git: { sets: () => GIT },
  'git fetch': { keeps: NETWORK, sets: () => GIT },
  'apt-get': apt,
  'apt-cache': apt,
  // what it starts: mmdebstrap, which downloads
  unshare: apt,
  make: kernel,
  npm: { keeps: NETWORK },
  'merge_config.sh': kernel,
  perl,
  // the workbench's own processes: where its cache is
  node: { keeps: ['XDG_CACHE_HOME', 'CCACHE_DIR', 'CCACHE_MAXSIZE', 'CCACHE_REMOTE_STORAGE'] },
  // which cluster, and what a person has in front of every job there
  sbatch: { keeps: ['SLURM_CONF', 'SBATCH_PARTITION', 'SBATCH_ACCOUNT', 'SBATCH_QOS', 'SBATCH_TIMELIMIT'] },
  // its options may come from files in the home directory, which win over the command line; boot-plan.ts gives it
  // another home, and installed by pip it has its modules below this one
  vng: { sets: ({ HOME: home }) => (home === undefined ? {} : { PYTHONUSERBASE: `${home}/.local` }) },
};

/** `nice -n 19 make ...` is make. */
export function toolOf(argv: readonly string[]): string {
  const [first = ''] = argv[0] === 'nice' ? argv.slice(3) : argv;
  return basename(first);
}

/** What is ours of a tool's environment, as a dry run shows it. */
export function settingsOf(tool: string, shell: Shell): Environment {
  return { LC_ALL: 'C', ...RULES[tool]?.sets?.(shell) };
}

/** All of it. @param temporary a directory that every tool can work with, see temporary.ts */
export function environmentOf(tool: string, shell: Shell, temporary: string): Environment {
  const kept = [...EVERYWHERE, ...(RULES[tool]?.keeps ?? [])].flatMap((name): [string, string][] => {
    const value = shell[name];
    return value === undefined ? [] : [[name, value]];
  });
  return { ...Object.fromEntries(kept), TMPDIR: temporary, ...settingsOf(tool, shell) };
}
