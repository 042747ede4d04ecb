// SPDX-License-Identifier: GPL-2.0-only
/*
 * One record, or two in one run. argv: size, what to do with it, word to write into all of it that is a whole word and
 * within the first 64 bytes, a length to test the end against. What happened on the way is left in `result`.
 */
#include "buffer.h"
#include "context-counts.h"

int one(struct dtrace_bpf_context *ctx);
int small_after_large(struct dtrace_bpf_context *ctx);
PROBES([0] = (void *)&one, [1] = (void *)&small_after_large);
ENTRY(write_one, 0)
ENTRY(write_two, 1)

enum { COMMIT, DISCARD };

struct result {
	__s64 reserve;
	__s64 finish;		/* of the commit or discard */
	__u64 buf_is_null, end_is_null;
	__u64 fits;		/* buf + argv[3] <= end */
	__u64 runs;		/* programs that went on to their end */
	/* preemption count and depth of RCU readers, against those before the reserve */
	__s64 preempt_open, rcu_open;
	__s64 preempt_left, rcu_left;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct result);
} results SEC(".maps");

static __always_inline long record(struct dtrace_bpf_context *ctx, struct result *result, __u64 size, __u64 action)
{
	__u64 word = ctx->argv[2], length = ctx->argv[3] & 0xffff;
	__s64 preempt = preempt_count(), rcu = rcu_depth((void *)ctx->task);
	__u64 *words;

	result->reserve = bpf_buffer_reserve(ctx, BUF, &rings, size);
	result->preempt_open = preempt_count() - preempt;
	result->rcu_open = rcu_depth((void *)ctx->task) - rcu;
	result->buf_is_null = ctx->buf == NULL;
	result->end_is_null = ctx->buf_end == NULL;
	result->fits = (void *)ctx->buf + length <= (void *)ctx->buf_end;
	words = (void *)ctx->buf;
	if ((void *)(words + 8) <= (void *)ctx->buf_end)
		for (int i = 0; i < 8; i++)
			words[i] = word;
	else if ((void *)(words + 1) <= (void *)ctx->buf_end)
		words[0] = word;
	if (action == DISCARD)
		result->finish = bpf_buffer_discard(ctx, BUF, &rings);
	else
		result->finish = bpf_buffer_commit(ctx, BUF, &rings);
	result->preempt_left = preempt_count() - preempt;
	result->rcu_left = rcu_depth((void *)ctx->task) - rcu;
	result->runs++;
	return result->reserve;
}

SEC("dtrace")
int one(struct dtrace_bpf_context *ctx)
{
	__u32 key = 0;
	struct result *result = bpf_map_lookup_elem(&results, &key);

	return result ? record(ctx, result, ctx->argv[0], ctx->argv[1]) : -1;
}

/* D9: the first may fail; the second is none the worse for it. */
SEC("dtrace")
int small_after_large(struct dtrace_bpf_context *ctx)
{
	__u32 key = 0;
	struct result *result = bpf_map_lookup_elem(&results, &key);

	if (!result)
		return -1;
	record(ctx, result, ctx->argv[0], COMMIT);
	key = 1;
	result = bpf_map_lookup_elem(&results, &key);
	return result ? record(ctx, result, ctx->argv[4], COMMIT) : -1;
}
