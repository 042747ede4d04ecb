// SPDX-License-Identifier: GPL-2.0
/* An action that outputs, called from the functions that output: as deep as their programs, one inside the other. */
#include <linux/bpf.h>
#include <linux/errno.h>
#include <linux/ptrace.h>
#include <linux/dtrace.h>
#include <bpf/bpf_helpers.h>
#include "tail-call.h"

char LICENSE[] SEC("license") = "GPL";

DTRACE_ARRAY(progs, 2);

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} events SEC(".maps");

__u32 target_pid SEC(".data.in");
__u32 unused SEC(".data.in");

struct {
	__u64 fired, ok, busy, other;
} results SEC(".data.results");

SEC("dtrace")
int action(struct dtrace_bpf_context *ctx)
{
	__u64 record[2] = {};
	long err;

	results.fired++;
	err = bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, record, sizeof(record));
	if (!err)
		results.ok++;
	else if (err == -EBUSY)
		results.busy++;
	else
		results.other++;
	return 0;
}

#define CALLER(section, name)						\
	SEC(section)							\
	int name(void *ctx)						\
	{								\
		if ((__u32)bpf_get_current_pid_tgid() == target_pid)	\
			bpf_tail_call_static(ctx, &progs, 0);		\
		return 0;						\
	}

CALLER("kprobe", first)
/* In the order in which one record's output goes through them; a program does not run inside itself. */
CALLER("fentry/perf_output_begin", at_begin)
CALLER("fentry/perf_output_copy", at_copy)
CALLER("fentry/perf_output_end", at_end)
