// SPDX-License-Identifier: GPL-2.0-only
/* A record for each firing of a kprobe, the two ways a tracer would do it on an unpatched kernel. */
#include "stream.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 << 10);
} ringbuf SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct event);
} percpu_scratch SEC(".maps");

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
