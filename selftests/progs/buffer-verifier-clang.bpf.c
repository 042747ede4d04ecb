// SPDX-License-Identifier: GPL-2.0-only
/* What people write, as clang -O2 compiles it: accepted without contortions; and their mistakes. */
#include "buffer.h"
#include "buffer-messages.h"

struct record {
	__u32 probe_id, pid, tid, cpu;
	__u64 time;
	char comm[16];
	__u64 args[6];
};

SEC("dtrace") __accepted int fields_of_a_struct(struct dtrace_bpf_context *ctx)
{
	struct record *r;

	bpf_buffer_reserve(ctx, BUF, &rings, sizeof(*r));
	r = (void *)ctx->buf;
	if ((void *)(r + 1) <= (void *)ctx->buf_end) {
		r->probe_id = ctx->probe_id;
		r->pid = ctx->pid;
		r->tid = ctx->tid;
		r->cpu = ctx->cpu;
		r->time = bpf_ktime_get_ns();
		bpf_get_current_comm(r->comm, sizeof(r->comm));
		for (int i = 0; i < 6; i++)
			r->args[i] = ctx->argv[i];
	}
	bpf_buffer_commit(ctx, BUF, &rings);
	return 0;
}

SEC("dtrace") __accepted int test_written_the_other_way_round(struct dtrace_bpf_context *ctx)
{
	struct record *r;

	bpf_buffer_reserve(ctx, BUF, &rings, sizeof(*r));
	r = (void *)ctx->buf;
	if ((void *)ctx->buf_end < (void *)(r + 1))
		goto out;
	__builtin_memset(r, 0, sizeof(*r));
	r->pid = ctx->pid;
out:
	bpf_buffer_commit(ctx, BUF, &rings);
	return 0;
}

SEC("dtrace") __accepted int discard_by_a_predicate(struct dtrace_bpf_context *ctx)
{
	struct record *r;
	int keep = 0;

	if (bpf_buffer_reserve(ctx, BUF, &rings, sizeof(*r))) {
		bpf_buffer_discard(ctx, BUF, &rings);
		return 1;
	}
	r = (void *)ctx->buf;
	if ((void *)(r + 1) <= (void *)ctx->buf_end) {
		r->args[0] = ctx->argv[0];
		keep = r->args[0] > 10;
	}
	if (keep)
		bpf_buffer_commit(ctx, BUF, &rings);
	else
		bpf_buffer_discard(ctx, BUF, &rings);
	return 0;
}

/* Many values alive over calls: clang spills the buffer. */
SEC("dtrace") __accepted int more_values_than_registers(struct dtrace_bpf_context *ctx)
{
	__u64 a = ctx->argv[0], b = ctx->argv[1], c = ctx->argv[2];
	__u64 d = ctx->argv[3], e = ctx->argv[4], f = ctx->argv[5];
	struct record *r;

	bpf_buffer_reserve(ctx, BUF, &rings, sizeof(*r));
	r = (void *)ctx->buf;
	if ((void *)(r + 1) <= (void *)ctx->buf_end) {
		a += bpf_ktime_get_ns();
		b ^= bpf_get_prandom_u32();
		c += bpf_get_smp_processor_id();
		d ^= bpf_ktime_get_ns();
		e += bpf_get_prandom_u32();
		r->args[0] = a;
		r->args[1] = b;
		r->args[2] = c;
		r->args[3] = d;
		r->args[4] = e;
		r->args[5] = f;
	}
	bpf_buffer_commit(ctx, BUF, &rings);
	return 0;
}

static __attribute__((noinline)) void fill(struct record *r, struct dtrace_bpf_context *ctx)
{
	r->pid = ctx->pid;
	bpf_get_current_comm(r->comm, sizeof(r->comm));
}

SEC("dtrace") __accepted int filled_by_a_function(struct dtrace_bpf_context *ctx)
{
	struct record *r;

	bpf_buffer_reserve(ctx, BUF, &rings, sizeof(*r));
	r = (void *)ctx->buf;
	if ((void *)(r + 1) <= (void *)ctx->buf_end)
		fill(r, ctx);
	bpf_buffer_commit(ctx, BUF, &rings);
	return 0;
}

static __attribute__((noinline)) void emit(struct dtrace_bpf_context *ctx, __u64 value)
{
	__u64 *word;

	bpf_buffer_reserve(ctx, BUF, &rings, sizeof(*word));
	word = (void *)ctx->buf;
	if ((void *)(word + 1) <= (void *)ctx->buf_end)
		*word = value;
	bpf_buffer_commit(ctx, BUF, &rings);
}

SEC("dtrace") __accepted int a_function_called_in_a_loop(struct dtrace_bpf_context *ctx)
{
	for (int i = 0; i < 6; i++)
		emit(ctx, ctx->argv[i]);
	return 0;
}

/* A header, and then as many words as there is room for. */
SEC("dtrace") __accepted int as_many_as_fit(struct dtrace_bpf_context *ctx)
{
	__u32 n = ctx->argv[0] & 15;
	__u64 *word;

	bpf_buffer_reserve(ctx, BUF, &rings, 8 + n * 8);
	word = (void *)ctx->buf;
	for (int i = 0; i < 16 && (void *)(word + 1) <= (void *)ctx->buf_end; i++)
		*word++ = i;
	bpf_buffer_commit(ctx, BUF, &rings);
	return 0;
}

SEC("dtrace") __refused(EINVAL, MSG_EXIT) int forgotten_on_early_return(struct dtrace_bpf_context *ctx)
{
	struct record *r;

	bpf_buffer_reserve(ctx, BUF, &rings, sizeof(*r));
	r = (void *)ctx->buf;
	if ((void *)(r + 1) > (void *)ctx->buf_end)
		return 0;
	r->pid = ctx->pid;
	bpf_buffer_commit(ctx, BUF, &rings);
	return 0;
}

SEC("dtrace") __refused(EACCES, MSG_DEAD) int written_after_commit(struct dtrace_bpf_context *ctx)
{
	struct record *r;

	bpf_buffer_reserve(ctx, BUF, &rings, sizeof(*r));
	r = (void *)ctx->buf;
	if ((void *)(r + 1) > (void *)ctx->buf_end) {
		bpf_buffer_discard(ctx, BUF, &rings);
		return 0;
	}
	bpf_buffer_commit(ctx, BUF, &rings);
	r->pid = ctx->pid;
	return 0;
}

SEC("dtrace") __refused(EACCES, MSG_RANGE) int one_field_too_many(struct dtrace_bpf_context *ctx)
{
	struct record *r;

	bpf_buffer_reserve(ctx, BUF, &rings, sizeof(*r) + 8);
	r = (void *)ctx->buf;
	if ((void *)(r + 1) <= (void *)ctx->buf_end)
		r->args[6] = 1;
	bpf_buffer_commit(ctx, BUF, &rings);
	return 0;
}
