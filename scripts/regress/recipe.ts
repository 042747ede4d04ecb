/** How the kernel's tests are built: what of the tree, and which commands. Pure. */
import { join } from 'node:path';
import { makeArgv } from '../kernel/kbuild.ts';
import type { Step } from '../lib/stage.ts';
import { PERF_PROGRAMS } from './wanted.ts';

/** Of the tree, what the tests are made of: they write into their own directories, so they get a copy. */
export const PARTS = [
  'tools',
  'include',
  'scripts',
  'arch/x86',
  'kernel',
  'usr',
  'lib/Makefile',
  'Makefile',
  'Kbuild',
  'Kconfig',
];
/** Another way to build them is another result. */
export const RECIPE = 1;

export interface Places {
  /** The copy of the tree. */
  readonly dir: string;
  readonly worktree: string;
  /** Where that tree's kernel was built: programs are compiled against its types, and modules for it. */
  readonly buildDir: string;
  readonly vmlinux: string;
  readonly uapi: string;
}

export const bpfDir = (dir: string): string => join(dir, 'tools/testing/selftests/bpf');
export const perfDir = (dir: string): string => join(dir, 'tools/testing/selftests/perf_events');

export function copySteps({ dir, worktree }: Places, commit: string): Step[] {
  const tar = join(dir, 'tree.tar');
  return [
    { title: 'copy', argv: ['git', '-C', worktree, 'archive', `--output=${tar}`, commit, '--', ...PARTS] },
    { title: 'unpack', argv: ['tar', '-xf', tar, '-C', dir] },
    { title: 'unpacked', argv: ['rm', tar] },
  ];
}

/** What the tests take for the kernel that their modules are built for. */
export const modulesDir = (dir: string): string => join(dir, 'modules-of');

/**
 * Its Makefile. That of the tests empties KBUILD_OUTPUT for it, as a kernel that was built among its sources wants it,
 * and what is said on the command line goes down to every make below.
 */
export const modulesMakefile = ({ buildDir }: Places): string =>
  `MAKEOVERRIDES =\nmodules clean:\n\t+$(MAKE) -C ${buildDir} M=$(M) $@\n`;

/** What building a module for that kernel needs besides the kernel. */
export function modulesStep({ worktree, buildDir }: Places, jobs: number): Step {
  return { title: 'modules_prepare', argv: makeArgv(worktree, buildDir, ['modules_prepare'], jobs) };
}

/**
 * Programs, skeletons, test_progs and test_verifier in one go. A kernel without modules has no Module.symvers: vmlinux
 * has all that the tests' modules use. `-O` keeps together what is said of one target.
 * @param clang its command; the other tools of LLVM have the same suffix
 */
export function bpfStep({ dir, buildDir, vmlinux }: Places, clang: string, jobs: number): Step {
  const suffix = clang.replace(/^clang/, '');
  const own = bpfDir(dir);
  return {
    title: 'the tests of BPF',
    argv: [
      ...['make', '-C', own, '-Otarget', '-k', `-j${jobs}`],
      ...[`CLANG=${clang}`, `LLC=llc${suffix}`, `LLVM_STRIP=llvm-strip${suffix}`, `LLVM_CONFIG=llvm-config${suffix}`],
      ...['BPF_GCC=', `VMLINUX_BTF=${vmlinux}`, `KDIR=${modulesDir(dir)}`],
      `KBUILD_EXTRA_SYMBOLS=${join(buildDir, 'vmlinux.symvers')}`,
      ...['test_progs', 'test_verifier'].map((name) => join(own, name)),
    ],
  };
}

export function perfStep({ dir, uapi }: Places, programs: readonly string[] = PERF_PROGRAMS): Step {
  const own = perfDir(dir);
  return {
    title: 'the tests of perf events',
    argv: [
      ...['make', '-C', own, '-Otarget', '-k', `KHDR_INCLUDES=-isystem ${uapi}`],
      ...programs.map((name) => join(own, name)),
    ],
  };
}
