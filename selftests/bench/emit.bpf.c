// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ways to emit a record that an unpatched kernel has. Built once for each REC_SIZE, with FILL=0 (the mechanism
 * alone) and FILL=1 (with the payload's stores).
 */
#include "bench.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
} perf_ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 << 20);
} ringbuf SEC(".maps");

struct scratch {
	__u64 word[REC_SIZE / 8];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scratch);
} percpu_scratch SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scratch);
} hash_scratch SEC(".maps");

MEASURE("raw_tp", loop_only, void, {
})

/* What it takes to get at scratch memory, without sending anything. */
MEASURE("raw_tp", lookup_percpu, void, {
	__u32 key = 0;
	void *record = bpf_map_lookup_elem(&percpu_scratch, &key);

	if (!record)
		FAIL();
	fill(record);
})

MEASURE("raw_tp", perf_percpu, void, {
	__u32 key = 0;
	void *record = bpf_map_lookup_elem(&percpu_scratch, &key);

	if (!record)
		FAIL();
	fill(record);
	bpf_perf_event_output(ctx, &perf_ring, BPF_F_CURRENT_CPU, record, REC_SIZE);
})

MEASURE("kprobe/__x64_sys_getpgid", kprobe_percpu, void, {
	__u32 key = 0;
	void *record = bpf_map_lookup_elem(&percpu_scratch, &key);

	if (!record)
		FAIL();
	fill(record);
	bpf_perf_event_output(ctx, &perf_ring, BPF_F_CURRENT_CPU, record, REC_SIZE);
})

MEASURE("raw_tp", perf_hash, void, {
	__u32 key = 0;
	void *record = bpf_map_lookup_elem(&hash_scratch, &key);

	if (!record)
		FAIL();
	fill(record);
	bpf_perf_event_output(ctx, &perf_ring, BPF_F_CURRENT_CPU, record, REC_SIZE);
})

#if REC_SIZE <= 256
MEASURE("raw_tp", perf_stack, void, {
	__u64 record[REC_SIZE / 8];

	fill(record);
	bpf_perf_event_output(ctx, &perf_ring, BPF_F_CURRENT_CPU, record, REC_SIZE);
})
#endif

MEASURE("raw_tp", ringbuf_reserve, void, {
	void *record = bpf_ringbuf_reserve(&ringbuf, REC_SIZE, 0);

	if (!record)
		FAIL();
	fill(record);
	bpf_ringbuf_submit(record, flags);
})

/* What a ring buffer does if not told otherwise: wakes a reader that has read all that came before. */
MEASURE("raw_tp", ringbuf_adaptive, void, {
	void *record = bpf_ringbuf_reserve(&ringbuf, REC_SIZE, 0);

	if (!record)
		FAIL();
	fill(record);
	bpf_ringbuf_submit(record, 0);
})

MEASURE("raw_tp", ringbuf_output, void, {
	__u32 key = 0;
	void *record = bpf_map_lookup_elem(&percpu_scratch, &key);

	if (!record)
		FAIL();
	fill(record);
	bpf_ringbuf_output(&ringbuf, record, REC_SIZE, flags);
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
