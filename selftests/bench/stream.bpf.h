/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef STREAM_BPF_H
#define STREAM_BPF_H

#include <linux/types.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "maps.bpf.h"

char _license[] SEC("license") = "GPL";

/* What a probe would say: 48 bytes, numbered so that the reader can tell what is missing. */
struct event {
	__u64 number;
	__u64 time;
	__u64 pid;
	__u64 uid;
	__u64 cpu;
	__u64 spare;
};

volatile __u64 number SEC(".data.out");

PERF_RING(perf_ring);

static __always_inline void describe(struct event *event)
{
	event->number = number++;
	event->time = bpf_ktime_get_ns();
	event->pid = bpf_get_current_pid_tgid();
	event->uid = bpf_get_current_uid_gid();
	event->cpu = bpf_get_smp_processor_id();
	event->spare = 0;
}

#endif
