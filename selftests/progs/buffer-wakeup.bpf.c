// SPDX-License-Identifier: GPL-2.0-only
/* A record (argv[0]: what to do with it) whose writer is interrupted once, at an instruction of the test's choice. */
#include "buffer.h"

int outer(struct dtrace_bpf_context *ctx);
int inner(struct dtrace_bpf_context *ctx);
PROBES([0] = (void *)&outer, [1] = (void *)&inner);
ENTRY(write_outer, 0)

enum { COMMIT, DISCARD };

__u64 armed, nested;

SEC("dtrace")
int outer(struct dtrace_bpf_context *ctx)
{
	long err;

	armed = 1;
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
