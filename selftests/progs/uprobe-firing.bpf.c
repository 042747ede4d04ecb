// SPDX-License-Identifier: GPL-2.0
/*
 * One program for the uprobes of two tasks on one CPU. It leaves ids in the CPU's element, where bpf_finalize_context()
 * would find them, and goes to a DTRACE program, which has to find its own firing: in the cookie, in the task.
 */
#include <linux/bpf.h>
#include <linux/errno.h>
#include <linux/ptrace.h>
#include <linux/dtrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "tail-call.h"

char LICENSE[] SEC("license") = "GPL";

#define TASKS 2
/* One load of one field, where clang would take two at once. */
#define FIELD(field) (*(volatile typeof(field) *)&(field))
#define ARGUMENT_MASK 0xffffffff

DTRACE_ARRAY(progs, 1);
ECB_MAP(mailbox, BPF_MAP_TYPE_PERCPU_ARRAY, struct dtrace_ecb, 1);

/* Turns between what is left in the map and the tail call. */
struct {
	__u32 turns;
} in SEC(".data.in");

struct {
	__u64 fired[TASKS];
	/* Another firing's ids were in the map by the time that the callee looked. */
	__u64 overtaken;
	/* By reason. */
	__u64 from_a_map, another_firing, wrong_cookie, wrong_task, wrong_kind, fell;
} tally;

#define ADD(what) __sync_fetch_and_add(&tally.what, 1)

SEC("uprobe")
int fires(struct pt_regs *ctx)
{
	struct dtrace_ecb ecb = { .id = PT_REGS_PARM1(ctx) + 1, .probe_id = PT_REGS_PARM2(ctx) };
	volatile __u64 sum = 0;
	__u32 zero = 0;

	bpf_map_update_elem(&mailbox, &zero, &ecb, BPF_ANY);
	for (int i = 0; i < 256 && i < in.turns; i++)
		sum += i;
	bpf_tail_call_static(ctx, &progs, 0);
	ADD(fell);
	return 0;
}

SEC("dtrace")
int callee(struct dtrace_bpf_context *ctx)
{
	__u64 task = ctx->argv[0], number = ctx->argv[1] & ARGUMENT_MASK;
	struct dtrace_ecb *left;
	__u32 zero = 0;
	long error;

	left = bpf_map_lookup_elem(&mailbox, &zero);
	if (!left)
		return 0;
	if (left->id != task + 1 || left->probe_id != number)
		ADD(overtaken);

	error = bpf_finalize_context(ctx, &mailbox);
	if (error != -EOPNOTSUPP)
		ADD(from_a_map);
	if (error ? ctx->ecb_id || ctx->probe_id : ctx->ecb_id != task + 1 || ctx->probe_id != number)
		ADD(another_firing);
	/* the cookie is that of the attachment: task + 1 in both halves */
	if (bpf_get_attach_cookie(ctx) != (task + 1) * 0x100000001ull)
		ADD(wrong_cookie);
	if (bpf_get_current_pid_tgid() >> 32 != FIELD(ctx->pid) || (__u32)bpf_get_current_pid_tgid() != FIELD(ctx->tid))
		ADD(wrong_task);
	if (ctx->kind != DTRACE_PROBE_UPROBE)
		ADD(wrong_kind);
	if (task < TASKS)
		ADD(fired[task]);
	return 0;
}
