// SPDX-License-Identifier: GPL-2.0-only
/* A record for each firing of a kprobe, through a DTRACE program that any probe could reach. */
#include "stream.bpf.h"
#include <linux/dtrace.h>

#define BUF_ID __builtin_offsetof(struct dtrace_bpf_context, buf)

DTRACE_PROGS(cross, 1);

SEC("kprobe/__x64_sys_getpgid")
int stream_dtrace(void *ctx)
{
	bpf_tail_call_static(ctx, &cross, 0);
	return 0;
}

SEC("dtrace")
int cross_action(struct dtrace_bpf_context *ctx)
{
	struct event *event;

	bpf_buffer_reserve(ctx, BUF_ID, &perf_ring, sizeof(*event));
	event = (void *)(long)ctx->buf;
	if ((void *)(event + 1) <= (void *)(long)ctx->buf_end)
		describe(event);
	else
		number++;
	bpf_buffer_commit(ctx, BUF_ID, &perf_ring);
	return 0;
}
