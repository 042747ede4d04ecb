// SPDX-License-Identifier: GPL-2.0-only
/* A record of argv[0] bytes, each word a function of its place and of argv[1]: read back byte for byte. */
#include "buffer.h"
#include "buffer-pattern.h"

int fill(struct dtrace_bpf_context *ctx);
int pad(struct dtrace_bpf_context *ctx);
PROBES([0] = (void *)&fill, [1] = (void *)&pad);
ENTRY(write_record, 0)
ENTRY(write_padding, 1)

struct filling {
	void *data;
	void *end;
	__u64 seed;
};

static long fill_word(__u32 i, struct filling *filling)
{
	__u64 *word;

	if (i >= LARGEST_DATA / 8)
		return 1;
	word = filling->data + i * 8;
	if ((void *)(word + 1) > filling->end)
		return 1;
	*word = pattern_word(filling->seed, i);
	return 0;
}

SEC("dtrace")
int fill(struct dtrace_bpf_context *ctx)
{
	__u32 size = ctx->argv[0];
	struct filling filling = { .seed = ctx->argv[1] };
	long error = bpf_buffer_reserve(ctx, BUF, &rings, size);
	void *rest;
	int i;

	filling.data = ctx->buf;
	filling.end = ctx->buf_end;
	bpf_loop(size / 8, fill_word, &filling, 0);
	rest = (void *)ctx->buf + (size & 0xfff8);
	for (i = 0; i < 7 && i < (size & 7); i++) {
		__u8 *byte = rest + i;

		if ((void *)(byte + 1) <= (void *)ctx->buf_end)
			*byte = pattern_byte(filling.seed, size, i);
	}
	bpf_buffer_commit(ctx, BUF, &rings);
	return error;
}

/* Moves the head: its content is not read. */
SEC("dtrace")
int pad(struct dtrace_bpf_context *ctx)
{
	long error = bpf_buffer_reserve(ctx, BUF, &rings, ctx->argv[0]);

	bpf_buffer_commit(ctx, BUF, &rings);
	return error;
}
