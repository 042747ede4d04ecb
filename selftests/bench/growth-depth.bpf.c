// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nesting: a DTRACE program in the middle of its record reads a kernel address that is not there. The page fault's
 * tracepoint fires within, its program reaches the next DTRACE program, which does the same, down to the wanted depth.
 */
#include <linux/types.h>
#include <linux/bpf.h>
#include <linux/dtrace.h>
#include <bpf/bpf_helpers.h>

#include "maps.bpf.h"

char _license[] SEC("license") = "GPL";

#define BUF_ID __builtin_offsetof(struct dtrace_bpf_context, buf)
/* The hole above the fixmap: canonical, a kernel address, never mapped. */
#define NOT_THERE ((void *)0xfffffffffff00000)

volatile struct {
	__u64 elapsed;
	/* Programs that found their own context changed when they came back. */
	__u64 failed;
} result SEC(".data.out");

volatile struct {
	__u32 wanted;
	__u32 depth;
} nest SEC(".data.in");

DTRACE_PROGS(cross, 8);
PERF_RING(perf_ring);

SEC("kprobe/__x64_sys_getpgid")
int start(void *ctx)
{
	__u64 nothing, begin = bpf_ktime_get_ns();

	nest.depth = 0;
	bpf_probe_read_kernel(&nothing, sizeof(nothing), NOT_THERE);
	result.elapsed = bpf_ktime_get_ns() - begin;
	nest.depth = 99;
	return 0;
}

#define LEVEL(number)								\
SEC("raw_tp/page_fault_kernel")							\
int probe_##number(void *ctx)							\
{										\
	if (nest.depth != number || nest.depth >= nest.wanted)			\
		return 0;							\
	bpf_tail_call_static(ctx, &cross, number);				\
	return 0;								\
}										\
SEC("dtrace")									\
int level_##number(struct dtrace_bpf_context *ctx)				\
{										\
	__u64 nothing, before = ctx->argv[2];					\
	__u64 *record;								\
										\
	bpf_buffer_reserve(ctx, BUF_ID, &perf_ring, 48);			\
	nest.depth = number + 1;						\
	bpf_probe_read_kernel(&nothing, sizeof(nothing), NOT_THERE);		\
	nest.depth = number;							\
	record = (void *)(long)ctx->buf;					\
	if ((void *)record + 48 <= (void *)(long)ctx->buf_end)			\
		*record = number;						\
	else									\
		result.failed++;						\
	if (ctx->argv[2] != before)						\
		result.failed++;						\
	bpf_buffer_commit(ctx, BUF_ID, &perf_ring);				\
	return 0;								\
}

LEVEL(0)
LEVEL(1)
LEVEL(2)
LEVEL(3)
LEVEL(4)
LEVEL(5)
LEVEL(6)
LEVEL(7)
