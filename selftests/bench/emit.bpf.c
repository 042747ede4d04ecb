// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ways to emit a record that an unpatched kernel has. Built once for each REC_SIZE, with FILL=0 (the mechanism
 * alone) and FILL=1 (with the payload's stores).
 */
#include "bench.bpf.h"

PERF_RING(perf_ring);
RINGBUF(ringbuf, 4 << 20);

struct scratch {
	__u64 word[REC_SIZE / 8];
};

SCRATCH(BPF_MAP_TYPE_PERCPU_ARRAY, percpu_scratch, struct scratch);
SCRATCH(BPF_MAP_TYPE_HASH, hash_scratch, struct scratch);

/* The record in one of the maps above, and OUTPUT, which copies it. */
#define VIA_SCRATCH(map, OUTPUT)				\
	__u32 key = 0;						\
	void *record = bpf_map_lookup_elem(&map, &key);		\
								\
	if (!record)						\
		FAIL();						\
	fill(record);						\
	OUTPUT;

#define PERF_OUTPUT() bpf_perf_event_output(ctx, &perf_ring, BPF_F_CURRENT_CPU, record, REC_SIZE)

#define IN_PLACE(how)						\
	void *record = bpf_ringbuf_reserve(&ringbuf, REC_SIZE, 0);	\
								\
	if (!record)						\
		FAIL();						\
	fill(record);						\
	bpf_ringbuf_submit(record, how);

MEASURE("raw_tp", loop_only, void, {
})

/* What it takes to get at scratch memory, without sending anything. */
MEASURE("raw_tp", lookup_percpu, void, {
	VIA_SCRATCH(percpu_scratch, )
})

MEASURE("raw_tp", perf_percpu, void, {
	VIA_SCRATCH(percpu_scratch, PERF_OUTPUT())
})

MEASURE("kprobe/__x64_sys_getpgid", kprobe_percpu, void, {
	VIA_SCRATCH(percpu_scratch, PERF_OUTPUT())
})

MEASURE("raw_tp", perf_hash, void, {
	VIA_SCRATCH(hash_scratch, PERF_OUTPUT())
})

#if REC_SIZE <= 256
MEASURE("raw_tp", perf_stack, void, {
	__u64 record[REC_SIZE / 8];

	fill(record);
	bpf_perf_event_output(ctx, &perf_ring, BPF_F_CURRENT_CPU, record, REC_SIZE);
})
#endif

MEASURE("raw_tp", ringbuf_reserve, void, {
	IN_PLACE(flags)
})

/* What a ring buffer does if not told otherwise: wakes a reader that has read all that came before. */
MEASURE("raw_tp", ringbuf_adaptive, void, {
	IN_PLACE(0)
})

MEASURE("raw_tp", ringbuf_output, void, {
	VIA_SCRATCH(percpu_scratch, bpf_ringbuf_output(&ringbuf, record, REC_SIZE, flags))
})

MEASURE("raw_tp", ringbuf_dynptr, void, {
	struct bpf_dynptr dynptr;
	void *record;

	bpf_ringbuf_reserve_dynptr(&ringbuf, REC_SIZE, 0, &dynptr);
	record = bpf_dynptr_data(&dynptr, 0, REC_SIZE);
	if (record)
		fill(record);
	else
		batch.failed++;
	bpf_ringbuf_submit_dynptr(&dynptr, flags);
})

#if FILL && REC_SIZE <= 512
/* Eight bytes a call through a helper that knows where the memory is: what an output iterator would do. */
MEASURE("raw_tp", ringbuf_iterate, void, {
	struct bpf_dynptr dynptr;
	__u64 word = 0x5a;
	int at;

	bpf_ringbuf_reserve_dynptr(&ringbuf, REC_SIZE, 0, &dynptr);
	_Pragma("clang loop unroll(full)")
	for (at = 0; at < REC_SIZE; at += 8)
		bpf_dynptr_write(&dynptr, at, &word, sizeof(word), 0);
	bpf_ringbuf_submit_dynptr(&dynptr, flags);
})
#endif
