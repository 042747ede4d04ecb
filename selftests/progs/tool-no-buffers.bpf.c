// SPDX-License-Identifier: GPL-2.0-only
/* For tools/dtrace: an object without the rings that it reads. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(map_extra, BPF_PROG_TYPE_DTRACE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} actions SEC(".maps");

SEC("kprobe/__x64_sys_getpgid")
int entry(void *ctx)
{
	return 0;
}

char _license[] SEC("license") = "GPL";
