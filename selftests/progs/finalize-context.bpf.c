// SPDX-License-Identifier: GPL-2.0
/*
 * bpf_finalize_context(): the ids of the enabling come from the map the caller left them in, and from nowhere else.
 * The callers are run with BPF_PROG_TEST_RUN on a chosen CPU; arg 0 of the context goes into id, arg 1 into probe_id.
 */
#include <linux/bpf.h>
#include <linux/dtrace.h>
#include <bpf/bpf_helpers.h>
#include "tail-call.h"

char LICENSE[] SEC("license") = "GPL";

DTRACE_ARRAY(progs, 4);

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, struct dtrace_ecb);
} by_cpu SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct dtrace_ecb);
} percpu SEC(".maps");

/* Room for CPU 0 only. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct dtrace_ecb);
} one_cpu SEC(".maps");

/* What the callee saw, before and after bpf_finalize_context(), which returned `error`. */
struct {
	__u32 before_id, before_probe_id, after_id, after_probe_id;
	__s64 error;
	__u64 runs;
} seen;

static __always_inline void look(struct dtrace_bpf_context *ctx, void *map)
{
	seen.before_id = ctx->ecb_id;
	seen.before_probe_id = ctx->probe_id;
	seen.error = map ? bpf_finalize_context(ctx, map) : 0;
	seen.after_id = ctx->ecb_id;
	seen.after_probe_id = ctx->probe_id;
	seen.runs++;
}

SEC("dtrace")
int finalize_array(struct dtrace_bpf_context *ctx)
{
	look(ctx, &by_cpu);
	return 0;
}

SEC("dtrace")
int finalize_percpu(struct dtrace_bpf_context *ctx)
{
	look(ctx, &percpu);
	return 0;
}

SEC("dtrace")
int finalize_one_cpu(struct dtrace_bpf_context *ctx)
{
	look(ctx, &one_cpu);
	return 0;
}

SEC("dtrace")
int no_finalize(struct dtrace_bpf_context *ctx)
{
	look(ctx, NULL);
	return 0;
}

/* The ids set by the first DTRACE program are still there in the one it tail-calls. */
SEC("dtrace")
int finalize_and_go_on(struct dtrace_bpf_context *ctx)
{
	bpf_finalize_context(ctx, &percpu);
	bpf_tail_call_static(ctx, &progs, 3);
	return 0;
}

static __always_inline void leave_ids(void *map, __u32 key, __u64 *args)
{
	struct dtrace_ecb ecb = { .id = args[0], .probe_id = args[1] };

	bpf_map_update_elem(map, &key, &ecb, BPF_ANY);
}

/* Arg 2 is the slot. */
SEC("raw_tp")
int leave_in_array(__u64 *ctx)
{
	leave_ids(&by_cpu, bpf_get_smp_processor_id(), ctx);
	bpf_tail_call(ctx, &progs, ctx[2]);
	return RETURN_FELL;
}

SEC("raw_tp")
int leave_in_percpu(__u64 *ctx)
{
	leave_ids(&percpu, 0, ctx);
	bpf_tail_call(ctx, &progs, ctx[2]);
	return RETURN_FELL;
}
