// SPDX-License-Identifier: GPL-2.0-only
/* A record for each firing of a kprobe, the two ways a tracer would do it on an unpatched kernel. */
#include "stream.bpf.h"

RINGBUF(ringbuf, 64 << 10);
SCRATCH(BPF_MAP_TYPE_PERCPU_ARRAY, percpu_scratch, struct event);

SEC("kprobe/__x64_sys_getpgid")
int stream_perf(void *ctx)
{
	__u32 key = 0;
	struct event *event = bpf_map_lookup_elem(&percpu_scratch, &key);

	if (!event)
		return 0;
	describe(event);
	bpf_perf_event_output(ctx, &perf_ring, BPF_F_CURRENT_CPU, event, sizeof(*event));
	return 0;
}

SEC("kprobe/__x64_sys_getpgid")
int stream_ringbuf(void *ctx)
{
	struct event *event = bpf_ringbuf_reserve(&ringbuf, sizeof(*event), 0);

	if (!event) {
		number++;
		return 0;
	}
	describe(event);
	bpf_ringbuf_submit(event, 0);
	return 0;
}
