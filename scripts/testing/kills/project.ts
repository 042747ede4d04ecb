/** Projects to be killed in: copies of this one, so that nothing of a person's is at stake. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A copy of what git knows of a project. */
export function copyProject(from: string, to: string): void {
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: from, encoding: 'utf8', maxBuffer: 1 << 26 })
    .split('\0')
    .filter(Boolean);
  for (const file of files) {
    mkdirSync(dirname(join(to, file)), { recursive: true });
    cpSync(join(from, file), join(to, file));
  }
  symlinkSync(join(from, 'node_modules'), join(to, 'node_modules'));
}

/**
 * The smallest kernel that every step of a build has work with: objects, objtool, a link, type information. It is
 * built in seconds where the one that boots takes minutes.
 */
const FRAGMENT = `# Objects for every step of a build, and no more.
CONFIG_64BIT=y
CONFIG_PRINTK=y
CONFIG_BUG=y
CONFIG_PERF_EVENTS=y
CONFIG_FTRACE=y
CONFIG_KPROBES=y
CONFIG_KPROBE_EVENTS=y
CONFIG_BPF_SYSCALL=y

# Type information.
CONFIG_DEBUG_KERNEL=y
CONFIG_DEBUG_INFO_DWARF_TOOLCHAIN_DEFAULT=y
CONFIG_DEBUG_INFO_BTF=y
CONFIG_KALLSYMS=y
`;

export const SMALL = 'kills';

/** Its configuration, and one program in place of all: the others need more types than it has. */
export function addSmallKernel(project: string): void {
  writeFileSync(join(project, 'kconfig', `${SMALL}.config`), FRAGMENT);
  const progs = join(project, 'selftests/progs');
  for (const file of readdirSync(progs))
    if (file.endsWith('.bpf.c') && !['agent.bpf.c', 'smoke.bpf.c'].includes(file)) rmSync(join(progs, file));
}
