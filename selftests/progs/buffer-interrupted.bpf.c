// SPDX-License-Identifier: GPL-2.0-only
/*
 * A record (argv[0]: what to do with it) whose writer is interrupted once, at an instruction of the test's choice.
 * FILL is one of argv[1] bytes that is not interrupted.
 */
#include "buffer.h"

int outer(struct dtrace_bpf_context *ctx);
int inner(struct dtrace_bpf_context *ctx);
PROBES([0] = (void *)&outer, [1] = (void *)&inner);
ENTRY(write_outer, 0)

enum { COMMIT, DISCARD, OUTPUT, FILL };

__u64 armed, nested;

SEC("dtrace")
int outer(struct dtrace_bpf_context *ctx)
{
	__u64 data[2] = {};
	long err;

	if (ctx->argv[0] == FILL) {
		err = bpf_buffer_reserve(ctx, BUF, &rings, ctx->argv[1]);
		bpf_buffer_commit(ctx, BUF, &rings);
		return err;
	}
	armed = 1;
	if (ctx->argv[0] == OUTPUT) {
		err = bpf_perf_event_output(ctx, &rings, BPF_F_CURRENT_CPU, data, sizeof(data));
		armed = 0;
		return err;
	}
	err = bpf_buffer_reserve(ctx, BUF, &rings, 16);
	if (ctx->argv[0] == DISCARD)
		bpf_buffer_discard(ctx, BUF, &rings);
	else
		bpf_buffer_commit(ctx, BUF, &rings);
	armed = 0;
	return err;
}

SEC("kprobe")
int interrupt(void *ctx)
{
	if (!armed)
		return 0;
	armed = 0;
	bpf_tail_call(ctx, &jmp, 1);
	return 0;
}

SEC("dtrace")
int inner(struct dtrace_bpf_context *ctx)
{
	long err = bpf_buffer_reserve(ctx, BUF, &rings, 32);

	bpf_buffer_commit(ctx, BUF, &rings);
	if (!err)
		nested++;
	return 0;
}
