// SPDX-License-Identifier: GPL-2.0
/* What the first posting of the series got wrong, a program for each way to see it. */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <linux/dtrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "arch.h"
#include "tail-call.h"

char LICENSE[] SEC("license") = "GPL";

DTRACE_ARRAY(progs, 4);

struct larger {
	struct dtrace_ecb ecb;
	__u32 more;
};
ECB_MAP(ecb_array, BPF_MAP_TYPE_ARRAY, struct dtrace_ecb, 64);
ECB_MAP(ecb_hash, BPF_MAP_TYPE_HASH, struct dtrace_ecb, 64);
ECB_MAP(ecb_percpu_hash, BPF_MAP_TYPE_PERCPU_HASH, struct dtrace_ecb, 64);
ECB_MAP(ecb_larger, BPF_MAP_TYPE_ARRAY, struct larger, 64);
ECB_MAP(ecb_smaller, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, 1);
struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 4);
	__type(value, struct dtrace_ecb);
} ecb_queue SEC(".maps");

struct locked {
	struct bpf_spin_lock lock;
	__u32 probe_id;
};
ECB_MAP(ecb_locked, BPF_MAP_TYPE_ARRAY, struct locked, 64);
struct pointing {
	struct task_struct __kptr *task;
};
ECB_MAP(ecb_pointing, BPF_MAP_TYPE_ARRAY, struct pointing, 64);
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 64);
	__uint(map_flags, BPF_F_WRONLY_PROG);
	__type(key, __u32);
	__type(value, struct dtrace_ecb);
} ecb_writeonly SEC(".maps");

/* On CPU n the callee finalizes from element n, and hands out what it got. */
struct {
	__s64 error;
	__u32 ecb_id, probe_id, kind, tid;
	__u64 argv0, ip, fired;
} seen;

SEC("dtrace")
int callee(struct dtrace_bpf_context *ctx)
{
	seen.error = bpf_finalize_context(ctx, &ecb_array);
	seen.ecb_id = ctx->ecb_id;
	seen.probe_id = ctx->probe_id;
	seen.kind = ctx->kind;
	seen.tid = ctx->tid;
	seen.argv0 = ctx->argv[0];
	seen.ip = PT_REGS_IP(ctx->regs);
	seen.fired++;
	return RETURN_A;
}

CALLS_CONSTANT("kprobe/" SYSCALL_FN(getpgid), from_kprobe, struct pt_regs, progs, 0, 0)
CALLS_VARIABLE("raw_tp", from_raw_tp, __u64, progs, ctx[0], RETURN_FELL)

/* To itself, in slot 1, until the limit: each one is a DTRACE to DTRACE call that arrives. */
SEC("dtrace")
int to_itself(struct dtrace_bpf_context *ctx)
{
	seen.fired++;
	bpf_tail_call_static(ctx, &progs, 1);
	return RETURN_LOOP;
}

#define FINALIZE_FROM(name, map)			\
	SEC("?dtrace")					\
	int name(struct dtrace_bpf_context *ctx)	\
	{						\
		return bpf_finalize_context(ctx, &map);	\
	}

FINALIZE_FROM(finalize_hash, ecb_hash)
FINALIZE_FROM(finalize_percpu_hash, ecb_percpu_hash)
FINALIZE_FROM(finalize_queue, ecb_queue)
FINALIZE_FROM(finalize_larger, ecb_larger)
FINALIZE_FROM(finalize_smaller, ecb_smaller)
FINALIZE_FROM(finalize_prog_array, progs)
/* Eight bytes, as they have to be; but not for a program to read as they are. */
FINALIZE_FROM(finalize_spin_lock, ecb_locked)
FINALIZE_FROM(finalize_kptr, ecb_pointing)
FINALIZE_FROM(finalize_write_only, ecb_writeonly)

/* Only DTRACE contexts can be finalized. */
SEC("?kprobe")
int finalize_in_kprobe(struct pt_regs *ctx)
{
	return bpf_finalize_context(ctx, &ecb_array);
}
