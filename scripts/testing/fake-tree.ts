/**
 * A kernel tree and a make that only look like them, for tests of the stages: no compiler, no kernel, a second each.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { silentLog, type LogEntry } from '../lib/log.ts';
import { cachePaths } from '../lib/paths.ts';
import { openRun } from '../lib/record.ts';
import type { StageContext } from '../lib/stage.ts';
import type { SourceTree } from '../records/build.ts';

/** Obeys `-C`, `O=` and the targets that the stages use; what say() tells goes wrong, $FAKE_CALLS counts. */
const MAKE = `#!/bin/sh
for a in "$@"; do case "$a" in O=*) out=\${a#O=};; OUTPUT=*) output=\${a#OUTPUT=};; esac; done
dir=$2; build=$dir/$out
echo "$*" >> "$FAKE_CALLS"
case "$*" in
*tinyconfig*) echo CONFIG_EXPERT=y > "$KCONFIG_CONFIG";;
*olddefconfig*)
  c=\${KCONFIG_CONFIG:-$build/.config}
  sed -i '/CONFIG_FPROBE=y/d' "$c"
  echo 'CONFIG_CC_VERSION_TEXT="fake 1.0"' >> "$c";;
*tools/lib/bpf*)
  if [ "$FAKE_TOOLS" = error ]; then
    echo "libbpf.c:7:1: error: expected ')'"; echo "make: *** [libbpf.o] Error 1"; exit 2
  fi
  if [ "$FAKE_TOOLS" = slow ]; then sleep 600; fi
  if [ "$FAKE_TOOLS" = full ]; then
    dd if=/dev/zero of="$output/libbpf.o" bs=64k count=64 || { rm -f "$output/libbpf.o"; exit 2; }
  fi
  mkdir -p "$output/root/include/bpf"
  for made in libbpf.so libbpf.a root/include/bpf/bpf_helper_defs.h; do echo x > "$output/$made"; done;;
*bpftool*) printf '#!/bin/sh\\necho "struct task_struct {"\\n' > "$output/bpftool"; chmod +x "$output/bpftool";;
*bzImage*|*" vmlinux")
  mkdir -p "$build/arch/x86/boot" "$build/include/config" "$build/usr/include"
  echo "  CC      kernel/a.o"
  if [ "$FAKE_MAKE" = error ]; then
    echo "../kernel/a.c:3:1: error: expected ';'"; echo "    3 | int x"; echo "make: *** [kernel/a.o] Error 1"; exit 2
  fi
  if [ "$FAKE_MAKE" = warning ]; then echo "../kernel/a.c:3:1: warning: unused 'x'"; fi
  if [ "$FAKE_MAKE" = full ]; then
    dd if=/dev/zero of="$build/vmlinux" bs=64k count=64 || {
      rm -f "$build/vmlinux"; echo "make: *** [vmlinux] Error 1"; exit 2
    }
  fi
  echo "  LD      vmlinux"
  case "$FAKE_MAKE:$dir" in link:*-scratch) ;; link:*) echo "ld: warning: a.o: odd";; esac
  echo x > "$build/arch/x86/boot/bzImage"; cp /bin/sh "$build/vmlinux"
  echo "ffffffff81000000 T _text" > "$build/System.map"
  echo 6.12.0-fake > "$build/include/config/kernel.release";;
*a.o*) if [ "$FAKE_BASE" = warning ]; then echo "../kernel/a.c:1:1: warning: unused 'x'"; fi;;
esac
`;

/** Splits its list at blanks, as the kernel's does. */
const MERGE =
  '#!/bin/sh\nshift 2\nbase=$1; shift\nlist=$*\nset -e\n' +
  'for file in $list; do grep "^CONFIG" "$file" >> "$base"; done\n';

const FILES: Readonly<Record<string, string>> = {
  Makefile: 'VERSION = 6\n',
  Kconfig: 'source "kernel/Kconfig"\n',
  'kernel/Kconfig': 'config EXPERT\n\tbool "expert"\nconfig FPROBE\n\tbool "fprobe"\n\tdepends on HAVE_RETHOOK\n',
  'kernel/a.c': 'int x;\n',
  'scripts/kconfig/merge_config.sh': MERGE,
};

export interface FakeTree {
  readonly source: SourceTree;
  readonly ctx: StageContext;
  readonly entries: LogEntry[];
  /** Variables of the programs that stand in front of PATH, such as FAKE_MAKE: they see nothing of this process's. */
  say(variables: Readonly<Record<string, string>>): void;
  /** Commits a file and returns the new source. */
  commit(path: string, text: string): SourceTree;
  /** What make was asked to do since the last call. */
  calls(): string[];
  restore(): void;
}

/** @param fragment text of kconfig/default.config */
export function fakeTree(dir: string, fragment: string): FakeTree {
  return treeOf(dir, fragment, FILES, { make: MAKE });
}

/** @param bin programs that stand in front of PATH, by name */
export function treeOf(
  dir: string,
  fragment: string,
  files: Readonly<Record<string, string>>,
  bin: Readonly<Record<string, string>>,
): FakeTree {
  const saved = { ...process.env };
  const home = join(dir, 'cache');
  const worktree = join(cachePaths({ XDG_CACHE_HOME: home }).worktrees, 'w');
  const put = (path: string, text: string, mode = 0o644): void => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    chmodSync(path, mode);
  };
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
      cwd: worktree,
      encoding: 'utf8',
    }).trim();
  for (const [path, text] of Object.entries(files))
    put(join(worktree, path), text, path.endsWith('.sh') ? 0o755 : 0o644);
  put(join(worktree, '.gitignore'), 'build-*\n');
  put(join(dir, 'kconfig/default.config'), fragment);
  const [callsFile, sayings] = [join(dir, 'calls'), join(dir, 'sayings')];
  const say = (variables: Readonly<Record<string, string>>): void => {
    for (const [name, value] of Object.entries(variables)) appendFileSync(sayings, `export ${name}='${value}'\n`);
  };
  say({ FAKE_CALLS: callsFile });
  for (const [name, text] of Object.entries(bin))
    put(join(dir, 'bin', name), text.replace('\n', `\n. '${sayings}'\n`), 0o755);
  Object.assign(process.env, {
    PATH: `${join(dir, 'bin')}:${process.env['PATH'] ?? ''}`,
    XDG_CACHE_HOME: home,
  });
  git('init', '-q');
  git('add', '.');
  git('commit', '-q', '-m', 'base');
  const ids = (): string[] => git('rev-parse', 'HEAD', 'HEAD^{tree}').split('\n');
  const [baseCommit = ''] = ids();
  const source = (): SourceTree => {
    const [head = '', tree = ''] = ids();
    return { worktree, base: 'fake', version: '6.12', baseCommit, head, tree, options: [] };
  };
  const entries: LogEntry[] = [];
  return {
    source: source(),
    entries,
    say,
    ctx: {
      root: dir,
      signal: new AbortController().signal,
      run: openRun(dir, 'fake'),
      dryRun: false,
      log: (entry) => {
        silentLog(entry);
        entries.push(entry);
      },
    },
    commit: (path, text) => {
      put(join(worktree, path), text);
      git('add', '.');
      git('commit', '-q', '-m', `change ${path}`);
      return source();
    },
    calls: () => {
      let text = '';
      try {
        text = execFileSync('cat', [callsFile], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
      } catch {
        return [];
      }
      rmSync(callsFile);
      return text.split('\n').filter(Boolean);
    },
    restore: () => {
      for (const name of Object.keys(process.env)) if (!(name in saved)) delete process.env[name];
      Object.assign(process.env, saved);
    },
  };
}
