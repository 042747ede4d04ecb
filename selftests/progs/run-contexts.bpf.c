// SPDX-License-Identifier: GPL-2.0
/* The sizes that structures have in the kernel, as its BTF has them, in the order of tables/run-contexts.ts. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

char LICENSE[] SEC("license") = "GPL";

#define STRUCTURES(X)							\
	X(bpf_trace_run_ctx) X(bpf_session_run_ctx) X(bpf_kprobe_multi_run_ctx)	\
	X(bpf_uprobe_multi_run_ctx) X(bpf_perf_event_data_kern)		\
	X(perf_buffer) X(perf_event)

#define DECLARE(name) struct name { int any; } __attribute__((preserve_access_index));
STRUCTURES(DECLARE)

__u64 sizes[7] SEC(".data.sizes");

SEC("raw_tp")
int measure(void *ctx)
{
	int i = 0;

#define SIZE(name) sizes[i++] = bpf_core_type_size(struct name);
	STRUCTURES(SIZE)
	return i;
}
