// SPDX-License-Identifier: GPL-2.0
/*
 * One DTRACE program that reads every field of its context, and a caller for each source that reads the same things
 * first in the way that source has always offered. The driver compares the two, and both with what it did to make the
 * probe fire.
 */
#include <stdbool.h>
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <linux/bpf_perf_event.h>
#include <linux/dtrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "arch.h"
#include "tail-call.h"

char LICENSE[] SEC("license") = "GPL";

struct task_struct {
	int pid;
	int tgid;
} __attribute__((preserve_access_index));

DTRACE_ARRAY(progs, 2);

/*
 * Only probes of this thread count, if not 0; and of this CPU, counted from 1. Of one thread, since programs can be
 * preempted, and two threads would write the same variables by turns.
 */
__u32 target_pid SEC(".data.in");
__u32 target_cpu SEC(".data.in");

/* By the caller. */
struct {
	__u64 fired;
	bpf_user_pt_regs_t regs;
	__u64 args[DTRACE_ARGC];
	__u64 current, pid_tgid, uid_gid, cpu;
	/* The caller's own context, as an address. */
	__u64 ctx;
} expected SEC(".data.expected");

/* By the DTRACE program. */
struct {
	__u64 fired;
	bpf_user_pt_regs_t regs;
	__u64 argv[DTRACE_ARGC];
	__u64 task, state;
	__u32 kind, ecb_id, probe_id, prio, cpu, tid, pid, ppid, uid, gid, euid, egid;
	/* Through the task pointer. */
	__s32 task_pid, task_tgid;
	__u64 retval;
} seen SEC(".data.seen");

SEC("dtrace")
int snapshot(struct dtrace_bpf_context *ctx)
{
	struct task_struct *task = (void *)ctx->task;
	const bpf_user_pt_regs_t *regs = ctx->regs;

	COPY_REGS(seen.regs, *regs);
#pragma unroll
	for (int i = 0; i < DTRACE_ARGC; i++)
		seen.argv[i] = ctx->argv[i];
	seen.kind = ctx->kind;
	seen.ecb_id = ctx->ecb_id;
	seen.probe_id = ctx->probe_id;
	seen.task = (__u64)task;
	seen.state = ctx->state;
	seen.prio = ctx->prio;
	seen.cpu = ctx->cpu;
	seen.tid = ctx->tid;
	seen.pid = ctx->pid;
	seen.ppid = ctx->ppid;
	seen.uid = ctx->uid;
	seen.gid = ctx->gid;
	seen.euid = ctx->euid;
	seen.egid = ctx->egid;
	seen.task_pid = task->pid;
	seen.task_tgid = task->tgid;
	seen.retval = ctx->retval;
	seen.fired++;
	return 0;
}

static __always_inline bool ours(void *ctx)
{
	if (target_pid && (__u32)bpf_get_current_pid_tgid() != target_pid)
		return false;
	if (target_cpu && bpf_get_smp_processor_id() + 1 != target_cpu)
		return false;
	expected.current = bpf_get_current_task();
	expected.pid_tgid = bpf_get_current_pid_tgid();
	expected.uid_gid = bpf_get_current_uid_gid();
	expected.cpu = bpf_get_smp_processor_id();
	expected.ctx = (__u64)ctx;
	expected.fired++;
	return true;
}

#define CROSS(ctx)					\
	do {						\
		bpf_tail_call_static(ctx, &progs, 0);	\
		return RETURN_FELL;			\
	} while (0)

static __always_inline int with_regs(struct pt_regs *ctx)
{
	if (!ours(ctx))
		return 0;
	bpf_probe_read_kernel(&expected.regs, sizeof(expected.regs), ctx);
	CROSS(ctx);
}

/* ksys_mmap_pgoff() takes six arguments, and passes on what user space gave mmap(2). */
SEC("kprobe/ksys_mmap_pgoff")
int from_kprobe(struct pt_regs *ctx)
{
	return with_regs(ctx);
}

SEC("kretprobe/ksys_mmap_pgoff")
int from_kretprobe(struct pt_regs *ctx)
{
	return with_regs(ctx);
}

SEC("uprobe")
int from_uprobe(struct pt_regs *ctx)
{
	return with_regs(ctx);
}

SEC("kprobe")
int from_kprobe_anywhere(struct pt_regs *ctx)
{
	return with_regs(ctx);
}

/* The record begins with a pointer to the registers, for the kernel's own use: read it as the kernel would. */
SEC("tracepoint")
int from_tracepoint(void *ctx)
{
	void *regs = NULL;

	if (!ours(ctx))
		return 0;
	bpf_probe_read_kernel(&regs, sizeof(regs), ctx);
	bpf_probe_read_kernel(&expected.regs, sizeof(expected.regs), regs);
	bpf_probe_read_kernel(&expected.args, sizeof(expected.args), ctx);
	CROSS(ctx);
}

/* A program may only be attached to tracepoints that have all the arguments it reads. */
SEC("raw_tp")
int from_raw_tp_two(__u64 *ctx)
{
	if (!ours(ctx))
		return 0;
	expected.args[0] = ctx[0];
	expected.args[1] = ctx[1];
	CROSS(ctx);
}

SEC("raw_tp")
int from_raw_tp(__u64 *ctx)
{
	if (!ours(ctx))
		return 0;
	expected.args[0] = ctx[0];
	expected.args[1] = ctx[1];
	expected.args[2] = ctx[2];
	expected.args[3] = ctx[3];
	CROSS(ctx);
}

SEC("perf_event")
int from_perf_event(struct bpf_perf_event_data *ctx)
{
	if (!ours(ctx))
		return 0;
	COPY_REGS(expected.regs, ctx->regs);
	expected.args[0] = ctx->sample_period;
	expected.args[1] = ctx->addr;
	CROSS(ctx);
}
