// SPDX-License-Identifier: GPL-2.0-only
/* Replaces the global function of each caller in reach.bpf.c; writes into that object's .data.out. */
#include <linux/types.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char _license[] SEC("license") = "GPL";

volatile struct {
	__u64 begin;
	__u64 end;
} reach SEC(".data.out");

#define REPLACE(tag)						\
SEC("freplace")							\
int tag##_freplace(__u64 argument)				\
{								\
	asm volatile("" :: "r"(argument));			\
	reach.end = bpf_ktime_get_ns();				\
	return 0;						\
}

REPLACE(kprobe)
REPLACE(raw_tp)
REPLACE(tracepoint)
REPLACE(perf_event)
