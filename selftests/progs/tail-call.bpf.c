// SPDX-License-Identifier: GPL-2.0
/*
 * What a tail call from a raw tracepoint program into a DTRACE program does when it is taken, and what it leaves alone
 * when it is not. The callers are run with BPF_PROG_TEST_RUN: what a program returns tells which one finished the run.
 */
#include <linux/bpf.h>
#include <linux/dtrace.h>
#include <bpf/bpf_helpers.h>
#include "tail-call.h"

char LICENSE[] SEC("license") = "GPL";

DTRACE_ARRAY(progs, 4);
DTRACE_ARRAY(others, 4);
TYPED_ARRAY(own, BPF_PROG_TYPE_RAW_TRACEPOINT, 4);

/* Set by the driver before a run. */
__u32 slot SEC(".data.in");
__u32 hops SEC(".data.in");

/* Read by the driver after it. */
__u64 runs[RUNS_SLOTS];

SEC("dtrace")
int callee_a(struct dtrace_bpf_context *ctx)
{
	__sync_fetch_and_add(&runs[RAN_A], 1);
	return RETURN_A;
}

SEC("dtrace")
int callee_b(struct dtrace_bpf_context *ctx)
{
	__sync_fetch_and_add(&runs[RAN_B], 1);
	return RETURN_B;
}

/* Slot 2 holds this program itself: goes on until the limit stops it. */
SEC("dtrace")
int callee_loops(struct dtrace_bpf_context *ctx)
{
	__sync_fetch_and_add(&runs[RAN_LOOP], 1);
	bpf_tail_call(ctx, &progs, 2);
	return RETURN_LOOP;
}

/* DTRACE to DTRACE: slot 1 is callee_b. */
SEC("dtrace")
int callee_goes_on(struct dtrace_bpf_context *ctx)
{
	__sync_fetch_and_add(&runs[RAN_ON], 1);
	bpf_tail_call_static(ctx, &progs, 1);
	return RETURN_FELL;
}

CALLS_CONSTANT("raw_tp", constant_index, void, progs, 0, RETURN_FELL)
CALLS_CONSTANT("raw_tp", constant_index_past_the_end, void, progs, 4, RETURN_FELL)
CALLS_VARIABLE("raw_tp", variable_index, void, progs, slot, RETURN_FELL)

/* A tail call that is taken returns something else than the compiler can see here. */
#define RETURN_UNSEEN(value)			\
	do {					\
		int unseen = (value);		\
						\
		barrier_var(unseen);		\
		return unseen;			\
	} while (0)

/* Global: in a static function the verifier of Linux 6.12 follows only the tail call that fails, and refuses it. */
__noinline int call_constant(struct bpf_raw_tracepoint_args *ctx)
{
	bpf_tail_call_static(ctx, &progs, 0);
	RETURN_UNSEEN(RETURN_FELL_IN_SUBPROGRAM);
}

/* A tail call taken in a subprogram ends the subprogram only: the callee's value is what the caller gets. */
SEC("raw_tp")
int subprogram_constant(struct bpf_raw_tracepoint_args *ctx)
{
	return RETURN_MAIN + call_constant(ctx);
}

__noinline int call_variable(struct bpf_raw_tracepoint_args *ctx)
{
	bpf_tail_call(ctx, &progs, slot);
	RETURN_UNSEEN(RETURN_FELL_IN_SUBPROGRAM);
}

SEC("raw_tp")
int subprogram_variable(struct bpf_raw_tracepoint_args *ctx)
{
	return RETURN_MAIN + call_variable(ctx);
}

/* Both: the main program after a subprogram that has fallen through. */
SEC("raw_tp")
int subprogram_then_main(struct bpf_raw_tracepoint_args *ctx)
{
	int value = call_variable(ctx);

	bpf_tail_call_static(ctx, &others, 0);
	return RETURN_MAIN + value;
}

/* Tail-calls itself `hops` times, then crosses over. */
SEC("raw_tp")
int hopper(void *ctx)
{
	__sync_fetch_and_add(&runs[RAN_HOP], 1);
	if (hops > 0) {
		hops--;
		bpf_tail_call(ctx, &own, 0);
		return RETURN_FELL_OWN;
	}
	bpf_tail_call(ctx, &progs, slot);
	return RETURN_FELL;
}

/* A call to the own type and one to DTRACE in one program: only the second is converted. */
SEC("raw_tp")
int own_then_cross(void *ctx)
{
	bpf_tail_call_static(ctx, &own, 3);
	bpf_tail_call(ctx, &progs, slot);
	return RETURN_FELL;
}

SEC("raw_tp")
int own_target(void *ctx)
{
	return RETURN_OWN;
}
