// SPDX-License-Identifier: GPL-2.0
/*
 * DTRACE programs inside DTRACE programs inside DTRACE programs: a probe of task context (kprobe, uprobe or raw
 * tracepoint), a raw tracepoint that fires in the middle of it (bpf_trace_printk() is one), and clock interrupts on top
 * of either.
 *
 * Each invocation gets ids that only it has, of its level's own kind, finalizes, looks, is interrupted, and looks
 * again.
 */
#include <stdbool.h>
#include <linux/bpf.h>
#include <linux/errno.h>
#include <linux/ptrace.h>
#include <linux/bpf_perf_event.h>
#include <linux/dtrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "arch.h"
#include "tail-call.h"

char LICENSE[] SEC("license") = "GPL";

enum level { TASK_KPROBE, TASK_UPROBE, TASK_RAW_TP, MIDDLE, CLOCK, TIMER, LEVELS };

/* ids of a level: probe_id = id ^ LEVEL_KEY */
#define LEVEL_KEY(level) (0x5a000000 | (level) << 16 | 0xd7)

DTRACE_ARRAY(progs, LEVELS);

struct ecbs {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct dtrace_ecb);
};
struct ecbs ecb_kprobe SEC(".maps"), ecb_uprobe SEC(".maps"), ecb_raw_tp SEC(".maps");
struct ecbs ecb_middle SEC(".maps"), ecb_clock SEC(".maps"), ecb_timer SEC(".maps");

/* What runs on this CPU right now, a bit a level. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} running SEC(".maps");

/* Only this process's probes count as the lowest level; each invocation takes so many turns between its two looks. */
struct {
	__u32 target_pid, spin_turns;
	__u32 without_map; /* a bit a level: its programs can be preempted, so there are no ids from a map */
} in SEC(".data.in");

struct {
	__u64 fired[LEVELS];
	/* Seen running below an invocation: one other level, two or more. */
	__u64 nested[LEVELS], twice_nested[LEVELS];
	/* By reason. */
	__u64 not_finalized, wrong_pair, changed_ids, changed_regs, changed_args, changed_kind, fell;
} tally;

#define ADD(what) __sync_fetch_and_add(&tally.what, 1)

static __always_inline void enter(void *ecb_map, enum level level)
{
	__u32 zero = 0, id = bpf_get_prandom_u32() | 1;
	struct dtrace_ecb *ecb = bpf_map_lookup_elem(ecb_map, &zero);
	__u64 *levels = bpf_map_lookup_elem(&running, &zero);

	if (!ecb || !levels)
		return;
	/* Both halves at once: an interrupt of the same level must not find half a pair. */
	*(volatile __u64 *)ecb = id | (__u64)(id ^ LEVEL_KEY(level)) << 32;
	if (*levels) {
		ADD(nested[level]);
		if (*levels & (*levels - 1))
			ADD(twice_nested[level]);
	}
	__sync_fetch_and_or(levels, 1ull << level);
}

static __always_inline void leave(enum level level)
{
	__u32 zero = 0;
	__u64 *levels = bpf_map_lookup_elem(&running, &zero);

	if (levels)
		__sync_fetch_and_and(levels, ~(1ull << level));
}

static __always_inline int check(struct dtrace_bpf_context *ctx, void *ecb_map, enum level level)
{
	static const char text[] = "n";
	__u32 id, probe_id, kind;
	volatile __u64 sum = 0;
	__u64 ip, sp, arg0, arg1;

	bool without_map = in.without_map & (1 << level);

	if (bpf_finalize_context(ctx, ecb_map) != (without_map ? -EOPNOTSUPP : 0))
		ADD(not_finalized);
	id = ctx->ecb_id;
	probe_id = ctx->probe_id;
	kind = ctx->kind;
	ip = PT_REGS_IP(ctx->regs);
	sp = PT_REGS_SP(ctx->regs);
	arg0 = ctx->argv[0];
	arg1 = ctx->argv[1];
	if (without_map ? probe_id || id : probe_id != (id ^ LEVEL_KEY(level)))
		ADD(wrong_pair);

	if (level <= TASK_RAW_TP)
		bpf_trace_printk(text, sizeof(text));
	for (int i = 0; i < 32 && i < in.spin_turns; i++)
		sum += i;

	if (ctx->ecb_id != id || ctx->probe_id != probe_id)
		ADD(changed_ids);
	if (PT_REGS_IP(ctx->regs) != ip || PT_REGS_SP(ctx->regs) != sp)
		ADD(changed_regs);
	if (ctx->argv[0] != arg0 || ctx->argv[1] != arg1)
		ADD(changed_args);
	if (ctx->kind != kind)
		ADD(changed_kind);
	ADD(fired[level]);
	leave(level);
	return 0;
}

#define LEVEL(name, section, level, ecb_map, filter)			\
	SEC(section)							\
	int name(void *ctx)						\
	{								\
		if (filter && bpf_get_current_pid_tgid() >> 32 != in.target_pid) \
			return 0;					\
		enter(&ecb_map, level);					\
		bpf_tail_call_static(ctx, &progs, level);		\
		ADD(fell);						\
		leave(level);						\
		return 0;						\
	}								\
	SEC("dtrace")							\
	int name##_callee(struct dtrace_bpf_context *ctx)		\
	{								\
		return check(ctx, &ecb_map, level);			\
	}

LEVEL(task_kprobe, "kprobe/" SYSCALL_FN(getpgid), TASK_KPROBE, ecb_kprobe, 1)
LEVEL(task_uprobe, "uprobe", TASK_UPROBE, ecb_uprobe, 1)
LEVEL(task_raw_tp, "raw_tp/sys_enter", TASK_RAW_TP, ecb_raw_tp, 1)
LEVEL(middle, "raw_tp/bpf_trace_printk", MIDDLE, ecb_middle, 0)
LEVEL(clock, "perf_event", CLOCK, ecb_clock, 0)
LEVEL(timer, "raw_tp/hrtimer_expire_entry", TIMER, ecb_timer, 0)
