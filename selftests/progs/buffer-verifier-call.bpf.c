// SPDX-License-Identifier: GPL-2.0-only
/* The pair across functions: subprograms, global functions, callbacks. */
#include "buffer-asm.h"

SUBPROG(sub_nothing, OUT)
SUBPROG(sub_pair, START RESERVE(16) COMMIT OUT)
SUBPROG(sub_reserve, START RESERVE(16) OUT)
SUBPROG(sub_commit, START COMMIT OUT)
SUBPROG(sub_tail_call, START TAIL_CALL OUT)
SUBPROG(sub_commit_one_branch, START "call %[bpf_get_prandom_u32]; if r0 == 5 goto l0_%=;" COMMIT LABEL(l0) OUT)

#define CALL(sub) "r1 = r6; call " #sub ";"

__accepted PROG(pair_in_a_subprogram, START CALL(sub_pair) CALL(sub_pair) OUT)
__accepted PROG(call_between, START RESERVE(16) CALL(sub_nothing) COMMIT OUT)
__accepted PROG(reserved_by_a_callee, START CALL(sub_reserve) COMMIT OUT)
__accepted PROG(committed_by_a_callee, START RESERVE(16) CALL(sub_commit) OUT)

__refused(EINVAL, MSG_EXIT) PROG(callee_leaves_it_open, START CALL(sub_reserve) OUT)
__refused(EINVAL, MSG_TWICE) PROG(pair_in_a_callee_while_open, START RESERVE(16) CALL(sub_pair) COMMIT OUT)
__refused(EINVAL, MSG_TWICE) PROG(callee_reserves_twice, START CALL(sub_reserve) CALL(sub_reserve) COMMIT OUT)
__refused(EINVAL, MSG_NO_COMMIT) PROG(callee_commits_nothing, START CALL(sub_commit) OUT)
__refused(EINVAL, MSG_NO_COMMIT) PROG(callee_commits_first, START RESERVE(16) CALL(sub_commit) COMMIT OUT)
__refused(EINVAL, MSG_FUNCTION) PROG(tail_call_in_a_callee, START RESERVE(16) CALL(sub_tail_call) COMMIT OUT)
__refused(EINVAL, MSG_EXIT) PROG(callee_commits_sometimes, START RESERVE(16) CALL(sub_commit_one_branch) OUT)

/* A global function is checked on its own: it must balance, and callers only know that it may have a pair. */
__attribute__((noinline)) int global_pair(struct dtrace_bpf_context *ctx)
{
	bpf_buffer_reserve(ctx, BUF, &rings, 16);
	bpf_buffer_commit(ctx, BUF, &rings);
	return 0;
}
__attribute__((noinline)) int global_open(struct dtrace_bpf_context *ctx)
{
	return bpf_buffer_reserve(ctx, BUF, &rings, 16);
}
__attribute__((noinline)) int global_close(struct dtrace_bpf_context *ctx)
{
	return bpf_buffer_commit(ctx, BUF, &rings);
}

SEC("dtrace") __accepted int pair_in_a_global_function(struct dtrace_bpf_context *ctx)
{
	return global_pair(ctx);
}
SEC("dtrace") __refused(EINVAL, MSG_EXIT) int global_function_leaves_it_open(struct dtrace_bpf_context *ctx)
{
	return global_open(ctx);
}
SEC("dtrace") __refused(EINVAL, MSG_NO_COMMIT)
int commit_of_what_a_global_function_reserved(struct dtrace_bpf_context *ctx)
{
	global_open(ctx);
	bpf_buffer_commit(ctx, BUF, &rings);
	return 0;
}
SEC("dtrace") __refused(EINVAL, MSG_NO_COMMIT) int global_function_commits_nothing(struct dtrace_bpf_context *ctx)
{
	return global_close(ctx);
}
SEC("dtrace") __refused(EINVAL, MSG_GLOBAL) int global_function_commits_for_us(struct dtrace_bpf_context *ctx)
{
	bpf_buffer_reserve(ctx, BUF, &rings, 16);
	return global_close(ctx);
}
/*
 * A buffer for a global function, which is checked with memory of a fixed size in its place: it could be closed while
 * the function goes on. Not while it is open, whatever the function does, and afterwards it is a number.
 */
struct word {
	__u64 value;
};
__attribute__((noinline)) int global_stores(struct word *word)
{
	if (word)
		word->value = 1;
	return 0;
}
__attribute__((noinline)) int global_stores_and_has_a_pair(struct dtrace_bpf_context *ctx, struct word *word)
{
	bpf_buffer_reserve(ctx, BUF, &rings, 16);
	bpf_buffer_commit(ctx, BUF, &rings);
	return global_stores(word);
}
#define GIVES_A_BUFFER(name, call)							\
	SEC("dtrace") __refused(EINVAL, MSG_GLOBAL) int name(struct dtrace_bpf_context *ctx)			\
	{										\
		struct word *word;							\
											\
		bpf_buffer_reserve(ctx, BUF, &rings, sizeof(*word));			\
		word = (void *)ctx->buf;						\
		if ((void *)(word + 1) <= (void *)ctx->buf_end)				\
			call;								\
		bpf_buffer_commit(ctx, BUF, &rings);					\
		return 0;								\
	}
GIVES_A_BUFFER(buffer_for_a_global_function, global_stores(word))
GIVES_A_BUFFER(buffer_for_a_global_function_with_a_pair, global_stores_and_has_a_pair(ctx, word))
SEC("dtrace") __refused(EINVAL, MSG_DEAD_GLOBAL)
int committed_buffer_for_a_global_function(struct dtrace_bpf_context *ctx)
{
	struct word *word;

	bpf_buffer_reserve(ctx, BUF, &rings, sizeof(*word));
	word = (void *)ctx->buf;
	bpf_buffer_commit(ctx, BUF, &rings);
	return global_stores(word);
}
/* Each function balances, and yet the inner reserve would forget the outer record. */
SEC("dtrace") __refused(EINVAL, MSG_GLOBAL) int global_pair_while_open(struct dtrace_bpf_context *ctx)
{
	bpf_buffer_reserve(ctx, BUF, &rings, 16);
	global_pair(ctx);
	bpf_buffer_commit(ctx, BUF, &rings);
	return 0;
}

static long callback_pair(__u32 i, void *data)
{
	struct dtrace_bpf_context *ctx = *(void **)data;

	bpf_buffer_reserve(ctx, BUF, &rings, 16);
	bpf_buffer_commit(ctx, BUF, &rings);
	return 0;
}
static long callback_open(__u32 i, void *data)
{
	struct dtrace_bpf_context *ctx = *(void **)data;

	bpf_buffer_reserve(ctx, BUF, &rings, 16);
	return 0;
}
static long callback_close(__u32 i, void *data)
{
	struct dtrace_bpf_context *ctx = *(void **)data;

	bpf_buffer_commit(ctx, BUF, &rings);
	return 0;
}
static long callback_nothing(__u32 i, void *data)
{
	return 0;
}
static long callback_store(__u32 i, void *data)
{
	__u64 *word = *(void **)data;

	*word = i;
	return 0;
}

SEC("dtrace") __accepted int pair_in_a_callback(struct dtrace_bpf_context *ctx)
{
	void *data = ctx;

	bpf_loop(4, callback_pair, &data, 0);
	return 0;
}
SEC("dtrace") __refused(EINVAL, MSG_EXIT) int callback_leaves_it_open(struct dtrace_bpf_context *ctx)
{
	void *data = ctx;

	bpf_loop(1, callback_open, &data, 0);
	return 0;
}
/* The callback runs any number of times, none included. */
SEC("dtrace") __refused(EINVAL, MSG_EXIT) int callback_commits_for_us(struct dtrace_bpf_context *ctx)
{
	void *data = ctx;

	bpf_buffer_reserve(ctx, BUF, &rings, 16);
	bpf_loop(1, callback_close, &data, 0);
	return 0;
}
SEC("dtrace") __refused(EINVAL, MSG_TWICE) int callback_pair_while_open(struct dtrace_bpf_context *ctx)
{
	void *data = ctx;

	bpf_buffer_reserve(ctx, BUF, &rings, 16);
	bpf_loop(1, callback_pair, &data, 0);
	bpf_buffer_commit(ctx, BUF, &rings);
	return 0;
}
SEC("dtrace") __accepted int loop_while_open(struct dtrace_bpf_context *ctx)
{
	bpf_buffer_reserve(ctx, BUF, &rings, 16);
	bpf_loop(4, callback_nothing, NULL, 0);
	bpf_buffer_commit(ctx, BUF, &rings);
	return 0;
}
SEC("dtrace") __accepted int callback_stores_into_the_buffer(struct dtrace_bpf_context *ctx)
{
	void *word;

	bpf_buffer_reserve(ctx, BUF, &rings, 8);
	word = ctx->buf;
	if (word + 8 <= (void *)ctx->buf_end)
		bpf_loop(4, callback_store, &word, 0);
	bpf_buffer_commit(ctx, BUF, &rings);
	return 0;
}
