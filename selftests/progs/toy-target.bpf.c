// SPDX-License-Identifier: GPL-2.0
/* The second target type, of selftests/kernel/toy-target.patch. libbpf lacks it: the driver sets the callee's type. */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include "arch.h"
#include "tail-call.h"

char LICENSE[] SEC("license") = "GPL";

#define BPF_PROG_TYPE_TOY (BPF_PROG_TYPE_DTRACE + 1)

struct toy_bpf_context {
	__u64 value, caller;
};

TYPED_ARRAY(toys, BPF_PROG_TYPE_TOY, 2);
DTRACE_ARRAY(probes, 2);

struct {
	__u64 value, caller, ran;
} seen;

/* Loaded as a toy program. */
SEC("raw_tp")
int toy_callee(struct toy_bpf_context *ctx)
{
	seen.value = ctx->value;
	seen.caller = ctx->caller;
	seen.ran++;
	return RETURN_A;
}

SEC("dtrace")
int dtrace_callee(void *ctx)
{
	return RETURN_B;
}

CALLS_CONSTANT("raw_tp", from_raw_tp, __u64, toys, 0, RETURN_FELL)
CALLS_CONSTANT("kprobe/" SYSCALL_FN(getpgid), from_kprobe, struct pt_regs, toys, 0, 0)

/* Both mechanisms in one program: what the toy refuses goes to DTRACE. */
SEC("raw_tp")
int toy_or_dtrace(__u64 *ctx)
{
	bpf_tail_call(ctx, &toys, ctx[2]);
	bpf_tail_call(ctx, &probes, ctx[2]);
	return RETURN_FELL;
}

/* Not accepted by the toy. */
CALLS_CONSTANT("?tracepoint", from_tracepoint, void, toys, 0, 0)
CALLS_CONSTANT("?dtrace", from_dtrace, void, toys, 0, 0)
