// SPDX-License-Identifier: GPL-2.0
/*
 * A DTRACE program inside a DTRACE program in an NMI that interrupts a DTRACE program: a raw tracepoint in a task, that
 * of the NMI's handlers, and the one that bpf_trace_printk() is. Each caller and each callee has all the stack that a
 * program can have, and each callee has its stack walked.
 */
#include <linux/bpf.h>
#include <linux/dtrace.h>
#include <bpf/bpf_helpers.h>
#include "context-counts.h"
#include "can-loop.h"
#include "tail-call.h"

char LICENSE[] SEC("license") = "GPL";

enum { TASK, NMI, INSIDE, LEVELS };

DTRACE_ARRAY(progs, LEVELS);

#define FRAMES 32
#define LOW 10
#define HIGH 10
#define WORDS 54
#define CPU 1		/* the one that is interrupted */
#define GETPGID 121
#define WORD(level, i) (0xd7ace00000000000 | (__u64)(level) << 32 | (i))

struct {
	__u64 turns;	/* that the program in the task takes while it waits for the NMI */
} in SEC(".data.in");

struct {
	__u64 fired, broken, fell;
	__u64 below;			/* levels that were at work here when it began, a bit each */
	__s64 preempt_count, bytes;
	__u64 stack;			/* where the callee's is */
	__u64 frames[FRAMES];
} seen[LEVELS] SEC(".data.seen");

volatile __u64 running;

struct stack {
	__u64 low[LOW], frames[FRAMES], high[HIGH];
};

/* The rest of the stack, below what clang uses: the verifier counts it, so that it is there. */
#define USE_STACK(bytes) asm volatile ("*(u64 *)(r10 - " #bytes ") = r10" ::: "memory")

#define ON_CPU (bpf_get_smp_processor_id() == CPU)

/* Loops that stay loops: unrolled, the constants would need as much stack again. */
static __always_inline void fill(volatile __u64 *words, int count, __u64 level, __u64 from)
{
	_Pragma("clang loop unroll(disable)")
	for (int i = 0; i < count; i++)
		words[i] = WORD(level, from + i);
}

static __always_inline int differs(const volatile __u64 *words, int count, __u64 level, __u64 from)
{
	int n = 0;

	_Pragma("clang loop unroll(disable)")
	for (int i = 0; i < count; i++)
		n += words[i] != WORD(level, from + i);
	return n;
}

static __always_inline void begin(struct stack *stack, __u64 level)
{
	fill(stack->low, LOW, level, 0);
	fill(stack->high, HIGH, level, LOW);
	seen[level].below = running;
	seen[level].preempt_count = preempt_count();
	seen[level].stack = (__u64)stack;
	running |= 1 << level;
}

static __always_inline void end(void *ctx, struct stack *stack, __u64 level)
{
	seen[level].bytes = bpf_get_stack(ctx, stack->frames, sizeof(stack->frames), 0);
	running &= ~(1ull << level);
	bpf_probe_read_kernel(seen[level].frames, sizeof(stack->frames), stack->frames);
	seen[level].broken += differs(stack->low, LOW, level, 0) + differs(stack->high, HIGH, level, LOW);
	seen[level].fired++;
}

#define CALLER(name, section, level, condition)						\
	SEC(section)									\
	int name(struct bpf_raw_tracepoint_args *ctx)					\
	{										\
		__u64 words[WORDS];							\
											\
		if (!ON_CPU || !(condition))						\
			return 0;							\
		USE_STACK(512);									\
		fill(words, WORDS, level, 0);						\
		bpf_tail_call_static(ctx, &progs, level);				\
		seen[level].fell += 1 + differs(words, WORDS, level, 0);			\
		return 0;								\
	}

CALLER(task, "raw_tp/sys_enter", TASK, ctx->args[1] == GETPGID && in.turns)
CALLER(nmi, "raw_tp/nmi_handler", NMI, running & 1 << TASK)
CALLER(inside, "raw_tp/bpf_trace_printk", INSIDE, running & 1 << NMI)

SEC("dtrace")
int task_callee(struct dtrace_bpf_context *ctx)
{
	struct stack stack;
	__u64 before = ((volatile __u64 *)&seen[NMI].fired)[0];

	/* The JIT needs the last 16 for the loop. */
	USE_STACK(496);
	begin(&stack, TASK);
	for (__u64 i = 0; i < in.turns && ((volatile __u64 *)&seen[NMI].fired)[0] == before && can_loop; i++)
		barrier();
	end(ctx, &stack, TASK);
	return 0;
}

SEC("dtrace")
int nmi_callee(struct dtrace_bpf_context *ctx)
{
	static const char text[] = "inside";
	struct stack stack;

	USE_STACK(512);
	begin(&stack, NMI);
	bpf_trace_printk(text, sizeof(text));
	end(ctx, &stack, NMI);
	return 0;
}

SEC("dtrace")
int inside_callee(struct dtrace_bpf_context *ctx)
{
	struct stack stack;

	USE_STACK(512);
	begin(&stack, INSIDE);
	end(ctx, &stack, INSIDE);
	return 0;
}
