// SPDX-License-Identifier: GPL-2.0
/*
 * A thread that has been released goes on until it is switched away from for the last time. Its parent may be gone by
 * then, and the pointer to it is still there.
 */
#include <linux/bpf.h>
#include <linux/dtrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "tail-call.h"

char LICENSE[] SEC("license") = "GPL";

struct pid;

struct task_struct {
	struct pid *thread_pid;
} __attribute__((preserve_access_index));

DTRACE_ARRAY(progs, 1);

struct switched {
	/* Switches with and without a struct pid, and what ppid was in the last of each. */
	__u32 alive, alive_ppid;
	__u32 released, released_ppid;
};

/* By thread id. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, struct switched);
} threads SEC(".maps");

SEC("dtrace")
int on_switch(struct dtrace_bpf_context *ctx)
{
	struct task_struct *task = (void *)ctx->task;
	struct switched fresh = {}, *seen;
	__u32 tid = ctx->tid;

	bpf_map_update_elem(&threads, &tid, &fresh, BPF_NOEXIST);
	seen = bpf_map_lookup_elem(&threads, &tid);
	if (!seen)
		return 0;
	if (task->thread_pid) {
		seen->alive++;
		seen->alive_ppid = ctx->ppid;
	} else {
		seen->released++;
		seen->released_ppid = ctx->ppid;
	}
	return 0;
}

CALLS_CONSTANT("raw_tp/sched_switch", from_switch, struct bpf_raw_tracepoint_args, progs, 0, RETURN_FELL)
