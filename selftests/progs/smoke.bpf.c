// SPDX-License-Identifier: GPL-2.0-only
/* The shortest way through everything: load, attach, fire, read; and a refusal. */
#include "arch.h"
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

struct smoke_sample {
	__u64 nr;
	__u32 pid;
	__u32 cpu;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} hits SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
} events SEC(".maps");

/* input: whose system calls count */
__u32 wanted_pid;

/* Counts getpgid() calls of one process. */
SEC("kprobe/" SYSCALL_FN(getpgid))
int on_getpgid(struct pt_regs *ctx)
{
	__u32 zero = 0;
	__u64 *count = bpf_map_lookup_elem(&hits, &zero);

	if (count && bpf_get_current_pid_tgid() >> 32 == wanted_pid)
		__sync_fetch_and_add(count, 1);
	return 0;
}

/* Sends one sample per getpgid() of that process through the perf ring. */
SEC("raw_tp/sys_enter")
int on_sys_enter(struct bpf_raw_tracepoint_args *ctx)
{
	struct smoke_sample sample = {
		.nr = ctx->args[1],
		.pid = bpf_get_current_pid_tgid() >> 32,
		.cpu = bpf_get_smp_processor_id(),
	};

	if (sample.nr == NR_GETPGID && sample.pid == wanted_pid)
		bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &sample, sizeof(sample));
	return 0;
}

/* refused: "invalid access to map value, value_size=8 off=8 size=8" */
SEC("?kprobe/" SYSCALL_FN(getpgid))
int past_the_value(struct pt_regs *ctx)
{
	__u32 zero = 0;
	__u64 *count = bpf_map_lookup_elem(&hits, &zero);

	if (count)
		count[1] = 1;
	return 0;
}
