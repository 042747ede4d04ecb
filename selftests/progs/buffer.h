/* SPDX-License-Identifier: GPL-2.0-only */
/* What all programs of the buffer topics share: the rings, the way in, and the name of the one buffer a context has. */
#ifndef BUFFER_H
#define BUFFER_H

#include <stddef.h>
#include <linux/bpf.h>
#include <linux/dtrace.h>
#include <bpf/bpf_helpers.h>
#include "expect.h"

#define BUF DTRACE_BUF_ID
#define BUF_END offsetof(struct dtrace_bpf_context, buf_end)

/* perf's record header and the raw size word in front of a record's data; all of it is at most 65,528 bytes. */
#define RECORD_OVERHEAD 12
#define LARGEST_DATA (65528 - RECORD_OVERHEAD)

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} rings SEC(".maps");

/*
 * DTRACE programs are entered by a tail call. Topics that define PROBE (and an array of
 * programs named jmp) get a raw tracepoint program that BPF_PROG_TEST_RUN can run on a
 * chosen CPU: what the callee returns is the result of the test run, and the twelve words
 * of the test run's context are the callee's argv[].
 */
#define NOT_TAKEN 0xbadca11

#define ENTRY(name, index)							\
	SEC("raw_tp")								\
	int name(struct bpf_raw_tracepoint_args *ctx)				\
	{									\
		bpf_tail_call(ctx, &jmp, index);				\
		return NOT_TAKEN;						\
	}

#define PROBES(...)								\
	struct {								\
		__uint(type, BPF_MAP_TYPE_PROG_ARRAY);				\
		__uint(max_entries, 16);					\
		__uint(key_size, sizeof(__u32));				\
		__ulong(map_extra, BPF_PROG_TYPE_DTRACE);			\
		__array(values, int (void *));					\
	} jmp SEC(".maps") = { .values = { __VA_ARGS__ } }

char _license[] SEC("license") = "GPL";

#endif
