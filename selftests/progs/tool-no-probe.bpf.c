// SPDX-License-Identifier: GPL-2.0-only
/* For tools/dtrace: only DTRACE programs, and nothing that leads to them. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(map_extra, BPF_PROG_TYPE_DTRACE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} actions SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
} buffers SEC(".maps");

SEC("dtrace/0")
int action(void *ctx)
{
	return 0;
}

char _license[] SEC("license") = "GPL";
