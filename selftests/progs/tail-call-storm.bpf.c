// SPDX-License-Identifier: GPL-2.0
/*
 * Probes that fire on every CPU while the driver replaces, deletes and frees what they call. Whatever happens, each
 * firing ends in exactly one place: fired = a + b + fell.
 */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <linux/dtrace.h>
#include <bpf/bpf_helpers.h>
#include "arch.h"
#include "tail-call.h"

char LICENSE[] SEC("license") = "GPL";

DTRACE_ARRAY(progs, 4);

__u32 slot SEC(".data.in");
__u64 runs[RUNS_SLOTS];

SEC("dtrace")
int callee_a(struct dtrace_bpf_context *ctx)
{
	__sync_fetch_and_add(&runs[RAN_A], 1);
	return 0;
}

SEC("dtrace")
int callee_b(struct dtrace_bpf_context *ctx)
{
	__sync_fetch_and_add(&runs[RAN_B], 1);
	return 0;
}

SEC("kprobe/" SYSCALL_FN(getpgid))
int constant_index(struct pt_regs *ctx)
{
	__sync_fetch_and_add(&runs[FIRED], 1);
	bpf_tail_call_static(ctx, &progs, 0);
	__sync_fetch_and_add(&runs[FELL], 1);
	return 0;
}

SEC("kprobe/" SYSCALL_FN(getpgid))
int variable_index(struct pt_regs *ctx)
{
	__sync_fetch_and_add(&runs[FIRED], 1);
	bpf_tail_call(ctx, &progs, slot);
	__sync_fetch_and_add(&runs[FELL], 1);
	return 0;
}

/* Keeps the function patched while others come and go. */
SEC("kprobe/" SYSCALL_FN(getpgid))
int keeper(struct pt_regs *ctx)
{
	return 0;
}
