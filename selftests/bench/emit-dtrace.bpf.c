// SPDX-License-Identifier: GPL-2.0-only
/* The way this series adds: the record is stored where the reader will find it. */
#include "bench.bpf.h"
#include <linux/dtrace.h>

#define BUF_ID __builtin_offsetof(struct dtrace_bpf_context, buf)

PERF_RING(perf_ring);

struct scratch {
	__u64 word[REC_SIZE / 8];
};

SCRATCH(BPF_MAP_TYPE_PERCPU_ARRAY, percpu_scratch, struct scratch);

/* What a program has to write: the pair and the range test between them. */
MEASURE("dtrace", dtrace_reserve, struct dtrace_bpf_context, {
	void *record;

	bpf_buffer_reserve(ctx, BUF_ID, &perf_ring, REC_SIZE);
	record = (void *)(long)ctx->buf;
	if (record + REC_SIZE <= (void *)(long)ctx->buf_end)
		fill(record);
	bpf_buffer_commit(ctx, BUF_ID, &perf_ring);
})

/* The pair alone, which tells the range test's own part. */
MEASURE("dtrace", dtrace_pair_only, struct dtrace_bpf_context, {
	bpf_buffer_reserve(ctx, BUF_ID, &perf_ring, REC_SIZE);
	bpf_buffer_commit(ctx, BUF_ID, &perf_ring);
})

/* The old way from the new program type. */
MEASURE("dtrace", dtrace_perf_percpu, struct dtrace_bpf_context, {
	__u32 key = 0;
	void *record = bpf_map_lookup_elem(&percpu_scratch, &key);

	if (!record)
		FAIL();
	fill(record);
	bpf_perf_event_output(ctx, &perf_ring, BPF_F_CURRENT_CPU, record, REC_SIZE);
})
