// SPDX-License-Identifier: GPL-2.0-only
/* A record with a string, read straight into the ring; and the scratch way from the same program type. */
#include "strings.bpf.h"
#include <linux/dtrace.h>

#define BUF_ID __builtin_offsetof(struct dtrace_bpf_context, buf)

MEASURE("dtrace", dtrace_reserve, struct dtrace_bpf_context, {
	struct record *record;

	bpf_buffer_reserve(ctx, BUF_ID, &perf_ring, sizeof(*record));
	record = (void *)(long)ctx->buf;
	if ((void *)(record + 1) <= (void *)(long)ctx->buf_end)
		bpf_probe_read_kernel_str(record->text, TEXT_MAX, (void *)in.text);
	bpf_buffer_commit(ctx, BUF_ID, &perf_ring);
})

MEASURE("dtrace", dtrace_perf_percpu, struct dtrace_bpf_context, {
	STRING_VIA_SCRATCH(bpf_perf_event_output(ctx, &perf_ring, BPF_F_CURRENT_CPU, record,
						 sizeof(record->id) + length))
})
