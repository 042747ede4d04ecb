// SPDX-License-Identifier: GPL-2.0
/*
 * bpf_finalize_context(): the ids of the enabling come from the map the caller left them in, and from nowhere else.
 * The callers are run with BPF_PROG_TEST_RUN on a chosen CPU; arg 0 of the context goes into id, arg 1 into probe_id.
 */
#include <linux/bpf.h>
#include <linux/dtrace.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include "tail-call.h"

char LICENSE[] SEC("license") = "GPL";

DTRACE_ARRAY(progs, 4);

ECB_MAP(by_cpu, BPF_MAP_TYPE_ARRAY, struct dtrace_ecb, 64);
ECB_MAP(percpu, BPF_MAP_TYPE_PERCPU_ARRAY, struct dtrace_ecb, 1);
/* Room for CPU 0 only. */
ECB_MAP(one_cpu, BPF_MAP_TYPE_ARRAY, struct dtrace_ecb, 1);

/* What the callee saw, before and after bpf_finalize_context(), which returned `error`. */
struct {
	__u32 before_id, before_probe_id, after_id, after_probe_id;
	__s64 error;
	__u64 runs;
} seen;

static __always_inline void look(struct dtrace_bpf_context *ctx, void *map)
{
	seen.before_id = ctx->ecb_id;
	seen.before_probe_id = ctx->probe_id;
	seen.error = map ? bpf_finalize_context(ctx, map) : 0;
	seen.after_id = ctx->ecb_id;
	seen.after_probe_id = ctx->probe_id;
	seen.runs++;
}

#define LOOKS(name, map)				\
	SEC("dtrace")					\
	int name(struct dtrace_bpf_context *ctx)	\
	{						\
		look(ctx, map);				\
		return 0;				\
	}

LOOKS(finalize_array, &by_cpu)
LOOKS(finalize_percpu, &percpu)
LOOKS(finalize_one_cpu, &one_cpu)
LOOKS(no_finalize, NULL)

extern void bpf_preempt_disable(void) __ksym;
extern void bpf_preempt_enable(void) __ksym;
/* Not on Linux 6.12. */
extern void bpf_local_irq_save(unsigned long *flags) __ksym __weak;
extern void bpf_local_irq_restore(unsigned long *flags) __ksym __weak;

/* Whether the caller could be preempted does not show in there. */
SEC("?dtrace")
int without_preemption(struct dtrace_bpf_context *ctx)
{
	bpf_preempt_disable();
	bpf_finalize_context(ctx, &percpu);
	bpf_preempt_enable();
	return 0;
}

SEC("?dtrace")
int without_interrupts(struct dtrace_bpf_context *ctx)
{
	unsigned long flags;

	bpf_local_irq_save(&flags);
	bpf_finalize_context(ctx, &percpu);
	bpf_local_irq_restore(&flags);
	return 0;
}

/* Nor does what callers of a global function have disabled: it is verified by itself. */
__noinline int finalize_in_function(struct dtrace_bpf_context *ctx)
{
	return bpf_finalize_context(ctx, &percpu);
}

SEC("?dtrace")
int in_global_function(struct dtrace_bpf_context *ctx)
{
	bpf_preempt_disable();
	finalize_in_function(ctx);
	bpf_preempt_enable();
	return 0;
}

__noinline int call_in_function(struct pt_regs *ctx)
{
	bpf_tail_call_static(ctx, &progs, 0);
	return 0;
}

SEC("?kprobe")
int call_without_preemption(struct pt_regs *ctx)
{
	bpf_preempt_disable();
	call_in_function(ctx);
	bpf_preempt_enable();
	return 0;
}

SEC("?kprobe")
int call_with_preemption(struct pt_regs *ctx)
{
	call_in_function(ctx);
	return 0;
}

/* The ids set by the first DTRACE program are still there in the one it tail-calls. */
SEC("dtrace")
int finalize_and_go_on(struct dtrace_bpf_context *ctx)
{
	bpf_finalize_context(ctx, &percpu);
	bpf_tail_call_static(ctx, &progs, 3);
	return 0;
}

static __always_inline void leave_ids(void *map, __u32 key, __u64 *args)
{
	struct dtrace_ecb ecb = { .id = args[0], .probe_id = args[1] };

	bpf_map_update_elem(map, &key, &ecb, BPF_ANY);
}

/* Arg 2 is the slot. */
#define LEAVES(name, map, key)					\
	SEC("raw_tp")						\
	int name(__u64 *ctx)					\
	{							\
		leave_ids(&map, key, ctx);			\
		bpf_tail_call(ctx, &progs, ctx[2]);		\
		return RETURN_FELL;				\
	}

LEAVES(leave_in_array, by_cpu, bpf_get_smp_processor_id())
LEAVES(leave_in_percpu, percpu, 0)

/* Another task may store in between: the program can be preempted. */
SEC("?uprobe")
int leave_from_uprobe(struct pt_regs *ctx)
{
	__u64 args[] = { 91, 92 };

	leave_ids(&percpu, 0, args);
	bpf_tail_call_static(ctx, &progs, 0);
	return 0;
}

__u64 cookie SEC(".data.cookie");

SEC("?dtrace")
int finalize_or_cookie(struct dtrace_bpf_context *ctx)
{
	look(ctx, &percpu);
	cookie = bpf_get_attach_cookie(ctx);
	return 0;
}
