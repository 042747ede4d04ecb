// SPDX-License-Identifier: GPL-2.0
/*
 * Functions that replace one of another program. Such a function runs wherever the replaced one is called from, so
 * nothing is known of its run context: it stays within the type of the program it replaces a part of.
 */
#include <linux/bpf.h>
#include <linux/bpf_perf_event.h>
#include <linux/dtrace.h>
#include <linux/ptrace.h>
#include <linux/version.h>
#include <bpf/bpf_helpers.h>
#include "arch.h"
#include "tail-call.h"

char LICENSE[] SEC("license") = "GPL";

DTRACE_ARRAY(progs, 4);
TYPED_ARRAY(own, BPF_PROG_TYPE_RAW_TRACEPOINT, 4);
TYPED_ARRAY(kprobes, BPF_PROG_TYPE_KPROBE, 4);
TYPED_ARRAY(multis, BPF_PROG_TYPE_KPROBE, 4);
TYPED_ARRAY(sleepers, BPF_PROG_TYPE_KPROBE, 4);

/*
 * The targets: global functions, whose types are in the program's BTF. A function with a tail call may only replace one
 * that has a tail call too: whatever is called may change packet data, which the callers of the function would have to
 * know.
 */
#define REPLACEABLE(name, context, array)		\
__noinline int name(context *ctx)			\
{							\
	int value = RETURN_MAIN;			\
							\
	bpf_tail_call_static(ctx, &array, 1);		\
	barrier_var(value);				\
	return value;					\
}

REPLACEABLE(in_raw_tp, struct bpf_raw_tracepoint_args, own)
REPLACEABLE(in_multi, KPROBE_CTX, multis)
REPLACEABLE(in_kprobe, KPROBE_CTX, kprobes)

/* Functions of DTRACE programs have none. */
__noinline int in_dtrace(struct dtrace_bpf_context *ctx)
{
	int value = RETURN_MAIN;

	barrier_var(value);
	return value;
}

/* Traces one of the programs below (fentry): what it calls could be traced in turn. */
SEC("?fentry")
int traces_a_program(__u64 *ctx)
{
	bpf_tail_call_static(ctx, &progs, 1);
	return 0;
}

SEC("raw_tp")
int calls_in_raw_tp(struct bpf_raw_tracepoint_args *ctx)
{
	return in_raw_tp(ctx);
}

SEC("dtrace")
int calls_in_dtrace(struct dtrace_bpf_context *ctx)
{
	return in_dtrace(ctx);
}

SEC("kprobe.multi")
int calls_in_multi(KPROBE_CTX *ctx)
{
	return in_multi(ctx);
}

SEC("kprobe")
int calls_in_kprobe(KPROBE_CTX *ctx)
{
	return in_kprobe(ctx);
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 3, 0)
REPLACEABLE(in_sleepable, KPROBE_CTX, sleepers)
#else
/* No program with a tail call can be sleepable. */
__noinline int in_sleepable(KPROBE_CTX *ctx)
{
	int value = RETURN_MAIN;

	barrier_var(value);
	return value;
}
#endif

SEC("uprobe.s")
int calls_in_sleepable(KPROBE_CTX *ctx)
{
	return in_sleepable(ctx);
}

/* In the array that it claims by this for programs without an attach type; it may call DTRACE programs. */
CALLS_CONSTANT("?kprobe", plain_kprobe, KPROBE_CTX, kprobes, 1, 0)

/*
 * The run context of a kprobe.multi program is not that of other KPROBE programs, and in the extension of one the
 * former goes on: EINVAL if the array has been claimed by the others, else the extension claims it and they are
 * refused.
 */
CALLS_CONSTANT("?freplace", multi_to_kprobe, KPROBE_CTX, kprobes, 0, RETURN_FELL)

/* Accepted: within its own kind. */
CALLS_CONSTANT("?freplace", multi_to_multi, KPROBE_CTX, multis, 0, RETURN_FELL)
CALLS_CONSTANT("?freplace", kprobe_to_kprobe, KPROBE_CTX, kprobes, 0, RETURN_FELL)

/* From 7.3 on accepted: within its own kind. Before, EINVAL: what it replaces can have no tail call. */
CALLS_CONSTANT("?freplace", sleepable_to_sleepable, KPROBE_CTX, sleepers, 0, RETURN_FELL)

/* As multi_to_kprobe, or EINVAL like the one above: it would lead from sleepable context to programs that are not. */
CALLS_CONSTANT("?freplace", sleepable_to_kprobe, KPROBE_CTX, kprobes, 0, RETURN_FELL)

/* EINVAL: raw tracepoint programs may, what replaces a part of one may not. */
CALLS_CONSTANT("?freplace", raw_tp_to_dtrace, struct bpf_raw_tracepoint_args, progs, 0, RETURN_FELL)

/* EINVAL, with an index that is not known. */
CALLS_VARIABLE("?freplace", raw_tp_to_dtrace_variable, struct bpf_raw_tracepoint_args, progs, ctx->args[0], RETURN_FELL)

/* EINVAL: it is a function of a DTRACE program, whichever array it is. */
CALLS_CONSTANT("?freplace", dtrace_to_raw_tp, struct dtrace_bpf_context, own, 0, RETURN_FELL)
CALLS_CONSTANT("?freplace", dtrace_to_dtrace, struct dtrace_bpf_context, progs, 0, RETURN_FELL)

/* Accepted: extensions count as what they extend (Linux 6.12 wants one of a raw tracepoint program to return 0). */
CALLS_CONSTANT("?freplace", raw_tp_to_raw_tp, struct bpf_raw_tracepoint_args, own, 0, 0)
