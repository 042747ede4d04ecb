// SPDX-License-Identifier: GPL-2.0-only
/* Functions of DTRACE programs that extensions replace, and what a new firing finds in its context. */
#include "arch.h"
#include "buffer.h"

PROBES();
ENTRY(enter, 0)

#define WORD 0x4141414141414141ull

static __always_inline void write_and_commit(struct dtrace_bpf_context *ctx)
{
	char *p = (void *)ctx->buf, *end = (void *)ctx->buf_end;

	if (p + 16 <= end)
		*(volatile __u64 *)p = WORD;
	bpf_buffer_commit(ctx, BUF, &rings);
}

/* reserve, commit; how often there was a buf, and a buf_end; the runs */
__s64 found[5];

SEC("dtrace")
int finds(struct dtrace_bpf_context *ctx)
{
	found[0] = bpf_buffer_reserve(ctx, BUF, &rings, 16);
	found[2] += ctx->buf != NULL;
	found[3] += ctx->buf_end != NULL;
	found[1] = bpf_buffer_commit(ctx, BUF, &rings);
	found[4]++;
	return 0;
}

SEC("kprobe/" SYSCALL_FN(getpgid))
int enter_kprobe(void *ctx)
{
	bpf_tail_call(ctx, &jmp, 0);
	return 0;
}

/* What an extension replaces: it changes the context, as its replacement does. */
__noinline int replaceable(struct dtrace_bpf_context *ctx)
{
	int value = 0;

	bpf_buffer_reserve(ctx, BUF, &rings, 16);
	bpf_buffer_commit(ctx, BUF, &rings);
	barrier_var(value);
	return value;
}

SEC("?dtrace")
int calls_replaceable(struct dtrace_bpf_context *ctx)
{
	return replaceable(ctx);
}

static __noinline int tail_then_reserve(struct dtrace_bpf_context *ctx)
{
	bpf_tail_call(ctx, &jmp, 1);
	return bpf_buffer_reserve(ctx, BUF, &rings, 16);
}

SEC("?freplace")
int extension_with_a_tail_call_in_a_function(struct dtrace_bpf_context *ctx)
{
	tail_then_reserve(ctx);
	write_and_commit(ctx);
	return 7;
}

SEC("?freplace")
int extension_with_a_tail_call(struct dtrace_bpf_context *ctx)
{
	bpf_tail_call(ctx, &jmp, 1);
	return 7;
}

static __noinline int reserves(struct dtrace_bpf_context *ctx)
{
	return bpf_buffer_reserve(ctx, BUF, &rings, 16);
}

SEC("?freplace")
int extension_with_a_pair(struct dtrace_bpf_context *ctx)
{
	reserves(ctx);
	write_and_commit(ctx);
	return 7;
}
