// SPDX-License-Identifier: GPL-2.0
/*
 * Functions that replace one of another program. Such a function runs wherever the replaced one is called from, so nothing
 * is known of its run context: it stays within the type of the program it replaces a part of.
 */
#include <linux/bpf.h>
#include <linux/dtrace.h>
#include <bpf/bpf_helpers.h>
#include "tail-call.h"

char LICENSE[] SEC("license") = "GPL";

DTRACE_ARRAY(progs, 4);
TYPED_ARRAY(own, BPF_PROG_TYPE_RAW_TRACEPOINT, 4);

/*
 * The targets: global functions, whose types are in the program's BTF. A function with a tail call may only replace one that
 * has a tail call too: whatever is called may change packet data, which the callers of the function would have to know.
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
REPLACEABLE(in_dtrace, struct dtrace_bpf_context, progs)

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

/* EINVAL: raw tracepoint programs may, what replaces a part of one may not. */
CALLS_CONSTANT("?freplace", raw_tp_to_dtrace, struct bpf_raw_tracepoint_args, progs, 0, RETURN_FELL)

/* EINVAL, with an index that is not known. */
CALLS_VARIABLE("?freplace", raw_tp_to_dtrace_variable, struct bpf_raw_tracepoint_args, progs, ctx->args[0], RETURN_FELL)

/* EINVAL: the other way round. */
CALLS_CONSTANT("?freplace", dtrace_to_raw_tp, struct dtrace_bpf_context, own, 0, RETURN_FELL)

/* Accepted: extensions count as what they extend (Linux 6.12 wants one of a raw tracepoint program to return 0). */
CALLS_CONSTANT("?freplace", raw_tp_to_raw_tp, struct bpf_raw_tracepoint_args, own, 0, 0)
CALLS_CONSTANT("?freplace", dtrace_to_dtrace, struct dtrace_bpf_context, progs, 0, RETURN_FELL)
