// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ways from a probe's program to the action that all probes share: from the last instruction of the caller to the
 * first of the callee. `direct` is the same two clock readings with nothing in between; the tables are net of it.
 *
 * With CROSS, the tail calls from each type into DTRACE as well; without, what an unpatched kernel has.
 */
#include <linux/types.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "maps.bpf.h"

char _license[] SEC("license") = "GPL";

/* Written here, read by the driver after every firing. */
volatile struct {
	__u64 begin;
	__u64 end;
} reach SEC(".data.out");

/* Slot 0 holds the callee, slot 1 stays empty; the verifier must not know the variable one. */
volatile struct {
	__u32 full;
	__u32 empty;
} slots SEC(".data.in");

#define DEPART() reach.begin = bpf_ktime_get_ns()
#define ARRIVE() reach.end = bpf_ktime_get_ns()

static __noinline int action(void *ctx)
{
	asm volatile("" :: "r"(ctx));
	ARRIVE();
	return 0;
}

#ifdef CROSS
DTRACE_PROGS(cross, 2);

SEC("dtrace")
int cross_arrive(void *ctx)
{
	ARRIVE();
	return 0;
}

#define CROSS_CALLS(tag, section)							\
SEC(section)									\
int tag##_cross_const(void *ctx)						\
{										\
	MINE(tag, ctx);								\
	DEPART();								\
	bpf_tail_call_static(ctx, &cross, 0);					\
	return 0;								\
}										\
SEC(section)									\
int tag##_cross_var(void *ctx)							\
{										\
	__u32 slot = slots.full;						\
										\
	MINE(tag, ctx);								\
	DEPART();								\
	bpf_tail_call(ctx, &cross, slot);					\
	return 0;								\
}										\
SEC(section)									\
int tag##_cross_empty(void *ctx)						\
{										\
	__u32 slot = slots.empty;						\
										\
	MINE(tag, ctx);								\
	DEPART();								\
	bpf_tail_call(ctx, &cross, slot);					\
	ARRIVE();								\
	return 0;								\
}
#else
#define CROSS_CALLS(tag, section)
#endif

/* raw_tp/sys_enter fires for every system call; the others only for ours. */
#define SYS_GETPGID 121
#define MINE(tag, ctx) MINE_##tag(ctx)
#define MINE_raw_tp(ctx)				\
	if (((__u64 *)ctx)[1] != SYS_GETPGID)		\
		return 0
#define MINE_kprobe(ctx)
#define MINE_tracepoint(ctx)
#define MINE_perf_event(ctx)

#define SOURCE(tag, section)							\
struct {									\
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);					\
	__uint(max_entries, 2);							\
	__type(key, __u32);							\
	__type(value, __u32);							\
} tag##_same SEC(".maps");							\
SEC(section)									\
int tag##_direct(void *ctx)							\
{										\
	MINE(tag, ctx);								\
	DEPART();								\
	ARRIVE();								\
	return 0;								\
}										\
SEC(section)									\
int tag##_bpf2bpf(void *ctx)							\
{										\
	MINE(tag, ctx);								\
	DEPART();								\
	return action(ctx);							\
}										\
__noinline int tag##_global_action(__u64 argument)				\
{										\
	asm volatile("" :: "r"(argument));					\
	ARRIVE();								\
	return 0;								\
}										\
SEC(section)									\
int tag##_global(void *ctx)							\
{										\
	__u64 argument = slots.full;						\
										\
	MINE(tag, ctx);								\
	DEPART();								\
	return tag##_global_action(argument);					\
}										\
SEC(section)									\
int tag##_arrive(void *ctx)							\
{										\
	ARRIVE();								\
	return 0;								\
}										\
SEC(section)									\
int tag##_same_const(void *ctx)							\
{										\
	MINE(tag, ctx);								\
	DEPART();								\
	bpf_tail_call_static(ctx, &tag##_same, 0);				\
	return 0;								\
}										\
SEC(section)									\
int tag##_same_var(void *ctx)							\
{										\
	__u32 slot = slots.full;						\
										\
	MINE(tag, ctx);								\
	DEPART();								\
	bpf_tail_call(ctx, &tag##_same, slot);					\
	return 0;								\
}										\
SEC(section)									\
int tag##_same_empty(void *ctx)							\
{										\
	__u32 slot = slots.empty;						\
										\
	MINE(tag, ctx);								\
	DEPART();								\
	bpf_tail_call(ctx, &tag##_same, slot);					\
	ARRIVE();								\
	return 0;								\
}										\
CROSS_CALLS(tag, section)

SOURCE(kprobe, "kprobe/__x64_sys_getpgid")
SOURCE(raw_tp, "raw_tp/sys_enter")
SOURCE(tracepoint, "tp/syscalls/sys_enter_getpgid")
SOURCE(perf_event, "perf_event")
