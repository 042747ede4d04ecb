/**
 * A small tree that a real make builds with the real compilers, for tests that stop it half-way: plain rules, as
 * kbuild's are once its .cmd files exist.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { which } from '../host/tools.ts';
import { treeOf, type FakeTree } from './fake-tree.ts';

/** Where a build can be stopped. */
export const MOMENTS = ['merge', 'olddefconfig', 'compiler', 'linker', 'header', 'library', 'clang'] as const;
export type Moment = (typeof MOMENTS)[number];

/** What the tree is built with; a test that finds one missing is skipped. */
export const missingTools: readonly string[] = ['make', 'gcc', 'ld', 'ccache', 'clang-19'].filter(
  (tool) => which(tool) === undefined,
);

/** Stands still when it is the moment, and says so in a file. */
const STILL =
  '#!/bin/sh\n[ "$STOP_AT" = "$1" ] || exit 0\n[ -z "$STUBBORN" ] || trap "" TERM\necho $$ > "$PID_FILE"\n' +
  'exec sleep 1000\n';

/**
 * A compiler that stands still at a moment, for a command with that moment's word in it, when half of its output is
 * written.
 */
const compiler = (real: string, words: Partial<Record<Moment, string>>): string => `#!/bin/sh
echo "$*" >> "$FAKE_CALLS"
${real} "$@" || exit
case "$STOP_AT $*" in ${Object.entries(words)
  .map(([moment, word]) => `"${moment} "*${word}*`)
  .join(' | ')}) ;; *) exit 0;; esac
while [ $# -gt 0 ]; do [ "$1" = -o ] && out=$2; shift; done
half=$(mktemp)
head -c 300 "$out" > "$half" && cat "$half" > "$out"
rm "$half"
exec still "$STOP_AT"
`;

const MAKEFILE = `# kbuild calls the tree by a relative path, too
build := $(O)
KCONFIG_CONFIG ?= $(build)/.config
image := $(build)/arch/x86/boot/bzImage
.PHONY: tinyconfig olddefconfig bzImage headers
tinyconfig:
	@echo CONFIG_EXPERT=y > $(KCONFIG_CONFIG)
olddefconfig:
	@echo 'CONFIG_CC_VERSION_TEXT="gcc"' >> $(KCONFIG_CONFIG); still olddefconfig
bzImage: $(image)
headers:
	@mkdir -p $(build)/usr/include
$(build)/%.o: %.c
	@echo "  CC      $*.o"
	@mkdir -p $(@D)
	@$(CC) -MD -c -o $@ $<
$(build)/vmlinux: $(build)/kernel/a.o $(build)/kernel/b.o
	@echo "  LD      vmlinux"
	@ld -r -o $@ $^
	@still linker
	@echo sorted >> $@
$(image): $(build)/vmlinux
	@mkdir -p $(@D) $(build)/include/config
	@echo 6.12.0-small > $(build)/include/config/kernel.release
	@cp $< $@
`;

const LIBBPF = `.PHONY: all install_headers
all: $(OUTPUT)libbpf.so $(OUTPUT)libbpf.a
$(OUTPUT)libbpf.so $(OUTPUT)libbpf.a: libbpf.c
	@$(CC) -shared -fPIC -o $@ $<
$(OUTPUT)bpf_helper_defs.h: defs
	@(head -n 1 $<; still header; tail -n +2 $<) > $@
install_headers: $(OUTPUT)bpf_helper_defs.h
	@mkdir -p $(DESTDIR)/include/bpf
	@cp $< $(DESTDIR)/include/bpf
`;

const BPFTOOL = `$(OUTPUT)bpftool: bpftool.sh
	@cp $< $@
`;

const FILES: Readonly<Record<string, string>> = {
  Makefile: MAKEFILE,
  Kconfig: 'source "kernel/Kconfig"\n',
  'kernel/Kconfig': 'config EXPERT\n\tbool "expert"\nconfig FPROBE\n\tbool "fprobe"\n',
  'kernel/a.c': 'int a = 1;\n',
  'kernel/b.c': 'int b = 1;\n',
  'scripts/kconfig/merge_config.sh':
    '#!/bin/sh\nshift 2\nbase=$1; shift\n' +
    'cat "$@" | grep "^CONFIG" | { read -r line; echo "$line"; still merge; cat; } >> "$base"\n',
  'tools/lib/bpf/Makefile': LIBBPF,
  'tools/lib/bpf/libbpf.c': 'int libbpf = 1;\n',
  'tools/lib/bpf/defs': '#define FIRST 1\n#define SECOND 2\n',
  'tools/bpf/bpftool/Makefile': BPFTOOL,
  'tools/bpf/bpftool/bpftool.sh': '#!/bin/sh\necho "struct task_struct {};"\n',
};

export const FRAGMENT = '# Why it is here.\nCONFIG_EXPERT=y\nCONFIG_FPROBE=y\n';

/**
 * A build stops at the moment that $STOP_AT names; with $STUBBORN, what stands still there is not ended by SIGTERM. Its
 * directory must have no space in its path, as for kbuild.
 */
export function madeTree(dir: string): FakeTree {
  const real = (tool: string): string => execFileSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).trim();
  const tree = treeOf(dir, FRAGMENT, FILES, {
    still: STILL,
    // only asked for its version, and Python takes longer for that than everything else here
    vng: '#!/bin/sh\necho 1\n',
    gcc: compiler(real('gcc'), { compiler: 'kernel/a.o', library: 'libbpf.so' }),
    'clang-19': compiler(real('clang-19'), { clang: 'one.bpf.c' }),
  });
  tree.say({ PID_FILE: join(dir, 'pid'), STOP_AT: '', STUBBORN: '' });
  return tree;
}
