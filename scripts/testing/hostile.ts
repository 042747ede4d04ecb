/** Variables of a shell that must not reach a tool, each with a value that would break it or change what it does. */
export const HOSTILE: Readonly<Record<string, string>> = {
  GIT_DIR: '/nowhere', GIT_WORK_TREE: '/nowhere', GIT_INDEX_FILE: '/nowhere/index', GIT_OBJECT_DIRECTORY: '/nowhere/objects',
  GIT_ALTERNATE_OBJECT_DIRECTORIES: '/nowhere/objects', GIT_NAMESPACE: 'other', GIT_COMMON_DIR: '/nowhere', GIT_QUARANTINE_PATH: '/nowhere',
  GIT_CONFIG_COUNT: '1', GIT_CONFIG_PARAMETERS: "'core.bare'='true'", GIT_CONFIG: '/nowhere/config', GIT_CEILING_DIRECTORIES: '/',
  GIT_DEFAULT_HASH: 'sha256', GIT_AUTHOR_DATE: '2001-01-01 00:00 +0000', GIT_AUTHOR_NAME: 'Other', GIT_COMMITTER_NAME: 'Other', GIT_COMMITTER_EMAIL: 'other@example.org',
  GIT_COMMITTER_DATE: '2001-01-01 00:00 +0000', GIT_EXTERNAL_DIFF: 'false', GIT_DIFF_OPTS: '-u0', GIT_LITERAL_PATHSPECS: '1', GIT_GLOB_PATHSPECS: '1',
  GIT_EXEC_PATH: '/nowhere', GIT_TEMPLATE_DIR: '/nowhere', GIT_TRACE: '1', GIT_SHALLOW_FILE: '/nowhere/shallow', GIT_NO_REPLACE_OBJECTS: '1', GIT_REF_PARANOIA: '1',
  ARCH: 'arm64', CROSS_COMPILE: 'aarch64-linux-gnu-', SUBARCH: 'arm64', SRCARCH: 'arm64', LLVM: '1', LLVM_IAS: '0', CC: 'false', HOSTCC: 'false', LD: 'false', CFLAGS: '-Dno',
  KCFLAGS: '-Werror -DKCFLAGS', KCPPFLAGS: '-DKCPPFLAGS', KAFLAGS: '-DKAFLAGS', HOSTCFLAGS: '-Dno', KCONFIG_CONFIG: '/nowhere/.config', KCONFIG_ALLCONFIG: '1',
  KCONFIG_OVERWRITECONFIG: '1', KBUILD_OUTPUT: '/nowhere', KBUILD_EXTMOD: '/nowhere', KBUILD_VERBOSE: '1', KBUILD_BUILD_USER: 'other', KBUILD_CFLAGS: '-Dno',
  KDEB_PKGVERSION: 'x', LOCALVERSION: '-other', INSTALL_PATH: '/nowhere', MAKEFLAGS: '-n', MAKELEVEL: '7', MFLAGS: '-n', GNUMAKEFLAGS: '-n', MAKEFILES: '/nowhere.mk',
  V: '2', W: '123', C: '2', CF: '-Dno', O: '/nowhere', M: '/nowhere', OUTPUT: '/nowhere/', DESTDIR: '/nowhere',
  LANG: 'de_DE.UTF-8', LC_ALL: 'no_SUCH.UTF-8', LC_MESSAGES: 'de_DE.UTF-8', LC_NUMERIC: 'de_DE.UTF-8', LANGUAGE: 'de:fr', TZ: 'Pacific/Kiritimati',
  PERL5OPT: '-Mno::such', PERL5LIB: '/nowhere', PYTHONPATH: '/nowhere', PYTHONHOME: '/nowhere', PYTHONSTARTUP: '/nowhere', PYTHONDONTWRITEBYTECODE: '1', PYTHONWARNINGS: 'error',
  CCACHE_DISABLE: '1', CCACHE_RECACHE: '1', CCACHE_READONLY: '1', CCACHE_PREFIX: 'false', CCACHE_BASEDIR: '/', CCACHE_DIR: 'relative', CCACHE_MAXSIZE: 'huge',
  QEMU_AUDIO_DRV: 'none', QEMU_MODULE_DIR: '/nowhere', QEMU_LD_PREFIX: '/nowhere', XDG_CONFIG_HOME: '/no where,else', XDG_RUNTIME_DIR: '/no where,else',
  XDG_DATA_HOME: '/no where,else', NODE_PATH: '/nowhere', NODE_ENV: 'production', NODE_DEBUG: 'module', NODE_REPL_HISTORY: '/nowhere', TSX_TSCONFIG_PATH: '/nowhere',
  BASH_ENV: '/nowhere/env', ENV: '/nowhere/env', CDPATH: '/', GREP_OPTIONS: '-v', POSIXLY_CORRECT: '1', SHELLOPTS: 'noexec', BASHOPTS: 'extglob', IFS: ':', PS4: '$(false)',
  CPATH: '/nowhere', C_INCLUDE_PATH: '/nowhere', LIBRARY_PATH: '/nowhere', GCC_EXEC_PREFIX: '/nowhere', COMPILER_PATH: '/nowhere', DEPENDENCIES_OUTPUT: '/nowhere/d',
  SOURCE_DATE_EPOCH: '1', LD_LIBRARY_PATH: '/nowhere', CLANG: 'false', TAR_OPTIONS: '--no-such-option', XZ_OPT: '--no-such-option', XZ_DEFAULTS: '--no-such-option',
  BLOCK_SIZE: '7', COLUMNS: '3', TERM: 'no-such-terminal', PAGER: 'false', EDITOR: 'false', VISUAL: 'false',
  npm_config_dry_run: 'true', npm_config_omit: 'dev', npm_lifecycle_event: 'apply', npm_package_name: 'other', INIT_CWD: '/nowhere',
};

/** Needed to fetch, and by nothing else. */
export const PROXY = { http_proxy: 'http://127.0.0.1:9', HTTPS_PROXY: 'http://127.0.0.1:9', no_proxy: 'example.org' } as const;

/** The shell has these too until the test is over. */
export function shellHas(t: { readonly teardown: (handler: () => void) => unknown }, variables: Readonly<Record<string, string | undefined>>): void {
  const saved = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  const put = (name: string, value: string | undefined): void => {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  };
  for (const [name, value] of Object.entries(variables)) put(name, value);
  t.teardown(() => {
    for (const [name, value] of saved) put(name, value);
  });
}
