// SPDX-License-Identifier: GPL-2.0-only
/* How often a process called dtrace has waited for a grace period of RCU in the system calls that ask for one. */
#include <linux/ptrace.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

#if defined(__TARGET_ARCH_x86)
enum { NR_BPF = 321, NR_MEMBARRIER = 324 };
#define SYSCALL_NR orig_rax
#else
enum { NR_BPF = 280, NR_MEMBARRIER = 283 };
/* Not of uapi: the number is no register there. */
struct pt_regs {
	int syscallno;
} __attribute__((preserve_access_index));
#define SYSCALL_NR syscallno
#endif

__u64 waited;

static __always_inline int count(void)
{
	struct pt_regs *regs = (void *)bpf_task_pt_regs((void *)bpf_get_current_task_btf());
	char comm[16];
	typeof(regs->SYSCALL_NR) nr;

	if (bpf_get_current_comm(comm, sizeof(comm)) || __builtin_memcmp(comm, "dtrace", 7))
		return 0;
	if (bpf_probe_read_kernel(&nr, sizeof(nr), &regs->SYSCALL_NR))
		return 0;
	if (nr == NR_BPF || nr == NR_MEMBARRIER)
		__sync_fetch_and_add(&waited, 1);
	return 0;
}

SEC("kprobe/synchronize_rcu")
int on_synchronize_rcu(struct pt_regs *ctx)
{
	return count();
}

/* What the update of a map of maps waits with on Linux 7.x. */
SEC("kprobe/synchronize_rcu_expedited")
int on_synchronize_rcu_expedited(struct pt_regs *ctx)
{
	return count();
}
