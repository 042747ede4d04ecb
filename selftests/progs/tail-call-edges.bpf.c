// SPDX-License-Identifier: GPL-2.0
/* Where the conversion meets other things the verifier rewrites, and arrays that the verifier cannot tell apart. */
#include <linux/bpf.h>
#include <linux/dtrace.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include "arch.h"
#include "tail-call.h"

char LICENSE[] SEC("license") = "GPL";

DTRACE_ARRAY(progs, 4);
DTRACE_ARRAY(others, 4);
TYPED_ARRAY(own, BPF_PROG_TYPE_RAW_TRACEPOINT, 4);

__u64 turns;

SEC("dtrace")
int callee_a(struct dtrace_bpf_context *ctx)
{
	return RETURN_A;
}

SEC("dtrace")
int callee_b(struct dtrace_bpf_context *ctx)
{
	return RETURN_B;
}

#define OPERANDS :: [progs]"i"(&progs), [others]"i"(&others), [own]"i"(&own), [fell]"i"(RETURN_FELL), [turns]"i"(&turns)

/* Naked functions have no named arguments, and the kernel takes no type information of unnamed ones: hence (void). */

/* r4 says which array, r3 is the index: both have to live through the conversion. */
#define EITHER(name, index)				\
	SEC("raw_tp")					\
	__attribute__((naked)) int name(void)		\
	{						\
		asm volatile (index			\
			      "r4 = *(u64 *)(r1 + 0);"	\
			      "r2 = %[progs] ll;"	\
			      "if r4 == 0 goto 1f;"	\
			      "r2 = %[others] ll;"	\
			      "1: call 12;"		\
			      "r0 = %[fell]; exit;" OPERANDS : "memory");	\
	}

EITHER(either_array, "r3 = *(u64 *)(r1 + 8);")
EITHER(either_array_constant, "r3 = 1;")

/* EINVAL: one instruction cannot convert for one array and not for the other. */
SEC("?raw_tp")
__attribute__((naked)) int mixed_arrays(void)
{
	asm volatile ("r3 = 1;"
		      "r4 = *(u64 *)(r1 + 0);"
		      "r2 = %[progs] ll;"
		      "if r4 == 0 goto 1f;"
		      "r2 = %[own] ll;"
		      "1: call 12;"
		      "r0 = %[fell]; exit;" OPERANDS : "memory");
}

/* may_goto keeps its counter on the stack too: 100 turns, then the call. */
SEC("raw_tp")
__attribute__((naked)) int after_may_goto(void)
{
	asm volatile ("r6 = r1; r7 = 100;"
		      "1: may_goto 2f;"
		      "r7 += -1;"
		      "r2 = %[turns] ll; r3 = *(u64 *)(r2 + 0); r3 += 1; *(u64 *)(r2 + 0) = r3;"
		      "if r7 != 0 goto 1b;"
		      "2: r1 = r6; r2 = %[progs] ll; r3 = *(u64 *)(r6 + 8); call 12;"
		      "r0 = %[fell]; exit;" OPERANDS : "memory");
}

static int turn(__u32 i, void *unused)
{
	turns++;
	return 0;
}

/* bpf_loop() is inlined with stack slots of its own, before and after the call. */
SEC("raw_tp")
int around_bpf_loop(__u64 *ctx)
{
	bpf_loop(10, turn, NULL, 0);
	bpf_tail_call(ctx, &progs, ctx[1]);
	bpf_loop(10, turn, NULL, 0);
	return RETURN_FELL;
}

/*
 * What leaves most on the stack: 33 tail calls in functions, each of which leaves the frame of its program behind, then
 * one across types to a program whose frame is as large as any, and from there a helper that goes deep.
 */
/* With what clang adds below the 256 that a function with a tail call may have in front of it. */
#define FRAME_LEFT 208
#define LARGEST_FRAME 480

TYPED_ARRAY(chain, BPF_PROG_TYPE_KPROBE, 1);
DTRACE_ARRAY(behind, 1);

enum { LINKS, ENDS, STACK_BYTES };
__s64 seen[3];

static __noinline int goes_on(struct pt_regs *ctx)
{
	int value = 0;

	bpf_tail_call_static(ctx, &chain, 0);
	barrier_var(value);
	return value;
}

SEC("?kprobe/" SYSCALL_FN(getpgid))
int leaves_a_frame(struct pt_regs *ctx)
{
	char frame[FRAME_LEFT] = {};

	barrier_var(ctx);
	asm volatile ("" :: "r"(frame) : "memory");
	__sync_fetch_and_add(&seen[LINKS], 1);
	goes_on(ctx);
	asm volatile ("" :: "r"(frame) : "memory");
	bpf_tail_call_static(ctx, &behind, 0);
	return 0;
}

SEC("?dtrace")
int ends_with_a_full_frame(struct dtrace_bpf_context *ctx)
{
	char frame[LARGEST_FRAME] = {};

	seen[STACK_BYTES] = bpf_get_stack(ctx, frame, sizeof(frame), 0);
	asm volatile ("" :: "r"(frame) : "memory");
	__sync_fetch_and_add(&seen[ENDS], 1);
	return 0;
}
