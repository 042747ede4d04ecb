// SPDX-License-Identifier: GPL-2.0-only
/* A record is held open until user space says go (or about a second is over), then written and committed. */
#include "buffer.h"
#include "buffer-race.h"

int holder(struct dtrace_bpf_context *ctx);
int checker(struct dtrace_bpf_context *ctx);
PROBES([0] = (void *)&holder, [1] = (void *)&checker);
ENTRY(hold, 0)
ENTRY(check, 1)

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct race);
} race SEC(".maps");

static long wait(__u32 i, struct race **shared)
{
	return (*shared)->go != 0;
}

SEC("dtrace")
int holder(struct dtrace_bpf_context *ctx)
{
	__u32 zero = 0;
	struct race *shared = bpf_map_lookup_elem(&race, &zero);
	long error;
	__u64 *word;

	if (!shared)
		return -1;
	error = bpf_buffer_reserve(ctx, BUF, &rings, 4096);
	shared->open = 1;
	bpf_loop(1 << 22, wait, &shared, 0);
	word = (void *)ctx->buf;
	if ((void *)word + 4096 <= (void *)ctx->buf_end) {
		word[0] = RACE_WORD;
		word[511] = RACE_WORD;
	}
	bpf_buffer_commit(ctx, BUF, &rings);
	return error;
}

SEC("dtrace")
int checker(struct dtrace_bpf_context *ctx)
{
	long error = bpf_buffer_reserve(ctx, BUF, &rings, 8);
	__u64 *word = (void *)ctx->buf;

	if ((void *)(word + 1) <= (void *)ctx->buf_end)
		*word = RACE_WORD;
	bpf_buffer_commit(ctx, BUF, &rings);
	return error;
}
