// SPDX-License-Identifier: GPL-2.0-only
/* Programs that use nothing of the series, one for each source: what a firing costs with and without the patches. */
#include <linux/types.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char _license[] SEC("license") = "GPL";

SEC("kprobe/__x64_sys_getpgid")
int kprobe_idle(void *ctx)
{
	return 0;
}

SEC("raw_tp/sys_enter")
int raw_tp_idle(void *ctx)
{
	return 0;
}

SEC("tp/syscalls/sys_enter_getpgid")
int tracepoint_idle(void *ctx)
{
	return 0;
}

SEC("perf_event")
int perf_event_idle(void *ctx)
{
	return 0;
}
