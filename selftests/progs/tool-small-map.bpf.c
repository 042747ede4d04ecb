// SPDX-License-Identifier: GPL-2.0-only
/* For tools/dtrace: a map of rings with one entry, on a machine with more CPUs; and a probe on each of them. */
#include <linux/bpf.h>
#include <linux/dtrace.h>
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
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} buffers SEC(".maps");

SEC("kprobe/__x64_sys_getpgid")
int entry(void *ctx)
{
	bpf_tail_call(ctx, &actions, 0);
	return 0;
}

SEC("dtrace/0")
int action(struct dtrace_bpf_context *ctx)
{
	return 0;
}

char _license[] SEC("license") = "GPL";
