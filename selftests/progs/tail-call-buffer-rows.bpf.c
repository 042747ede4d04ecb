// SPDX-License-Identifier: GPL-2.0-only
/*
 * A tail call that succeeds ends the function that does it, and its caller goes on with nothing open. So a function with a
 * tail call anywhere returns with nothing open: the verifier of Linux 6.12 follows only the tail call that fails.
 */
#include "buffer-asm.h"

#define CALL(sub) "r1 = r6; call " #sub ";"
#define SOMETIMES "call %[bpf_get_prandom_u32]; if r0 == 5 goto l0_%=;"

SUBPROG(sub_nothing, OUT)
SUBPROG(sub_tail_call, START TAIL_CALL OUT)
SUBPROG(sub_tail_then_reserve, START TAIL_CALL RESERVE(16) OUT)
SUBPROG(sub_deeper, START CALL(sub_tail_then_reserve) OUT)
SUBPROG(sub_tail_then_commit, START TAIL_CALL COMMIT OUT)
SUBPROG(sub_reserve_or_tail, START SOMETIMES TAIL_CALL OUT LABEL(l0) RESERVE(16) "r0 = 1; exit;")
SUBPROG(sub_reserve_and_never_tail, START "if r2 == 0 goto l0_%=;" TAIL_CALL OUT LABEL(l0) RESERVE(16) OUT)
SUBPROG(sub_commit_tail_reserve, START COMMIT TAIL_CALL RESERVE(16) OUT)
SUBPROG(sub_open_or_tail, START "if r2 == 0 goto l0_%=;" COMMIT TAIL_CALL LABEL(l0) OUT)
SUBPROG(sub_commit_then_tail, START COMMIT TAIL_CALL OUT)
SUBPROG(sub_pairs_around_tail, START RESERVE(16) COMMIT TAIL_CALL RESERVE(16) COMMIT OUT)
SUBPROG(sub_calls_tail_then_reserves, START CALL(sub_tail_call) RESERVE(16) OUT)

__refused(EINVAL, MSG_BEHIND) PROG(reserve_behind_a_tail_call, START CALL(sub_tail_then_reserve) COMMIT OUT)
__refused(EINVAL, MSG_BEHIND) PROG(one_call_deeper, START CALL(sub_deeper) COMMIT OUT)
__refused(EINVAL, MSG_BEHIND) PROG(on_one_branch_only, START CALL(sub_reserve_or_tail) "if r0 == 0 goto l0_%=;" COMMIT LABEL(l0) OUT)
__refused(EINVAL, MSG_RETURN) PROG(where_no_path_has_the_tail_call, START "r2 = 0;" CALL(sub_reserve_and_never_tail) COMMIT OUT)
__refused(EINVAL, MSG_BEHIND) PROG(no_difference_but_a_tail_call_between, START RESERVE(16) CALL(sub_commit_tail_reserve) COMMIT OUT)
__refused(EINVAL, MSG_RETURN) PROG(passed_through_open, START RESERVE(16) "r2 = 0;" CALL(sub_open_or_tail) COMMIT OUT)
__refused(EINVAL, MSG_TAIL) PROG(forgets, START RESERVE(16) CALL(sub_tail_then_commit) OUT)

__accepted PROG(commit_then_tail_call, START RESERVE(16) CALL(sub_commit_then_tail) OUT)
__accepted PROG(pairs_around_a_tail_call, START CALL(sub_pairs_around_tail) OUT)
__accepted PROG(reserve_behind_a_call_of_it, START CALL(sub_tail_call) RESERVE(16) CALL(sub_nothing) COMMIT OUT)
/* What calls it goes on behind the call, whether or not the tail call succeeds. */
__accepted PROG(reserve_in_what_calls_it, START CALL(sub_calls_tail_then_reserves) COMMIT OUT)

struct once {
	struct dtrace_bpf_context *ctx;
	__u64 done;
};

/* For the verifier it reserves exactly when `done` has been set. */
static long callback_tail_then_reserve(__u32 i, struct once *once)
{
	if (once->done)
		return 1;
	once->done = 1;
	bpf_tail_call(once->ctx, &jmp, 0);
	bpf_buffer_reserve(once->ctx, BUF, &rings, 16);
	return 1;
}
SEC("dtrace") __refused(EINVAL, MSG_IN_CALLBACK) int in_a_callback(struct dtrace_bpf_context *ctx)
{
	struct once once = { .ctx = ctx };

	bpf_loop(1, callback_tail_then_reserve, &once, 0);
	if (once.done)
		bpf_buffer_commit(ctx, BUF, &rings);
	return 0;
}

static long callback_pair_then_tail(__u32 i, struct once *once)
{
	bpf_buffer_reserve(once->ctx, BUF, &rings, 16);
	bpf_buffer_commit(once->ctx, BUF, &rings);
	bpf_tail_call(once->ctx, &jmp, 0);
	return 0;
}
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 3, 0)
#define TAIL_CALL_IN_CALLBACK __refused(EINVAL, MSG_IN_CALLBACK)
#else
#define TAIL_CALL_IN_CALLBACK __accepted
#endif
SEC("dtrace") TAIL_CALL_IN_CALLBACK int pair_and_tail_call_in_a_callback(struct dtrace_bpf_context *ctx)
{
	struct once once = { .ctx = ctx };

	bpf_loop(4, callback_pair_then_tail, &once, 0);
	return 0;
}
