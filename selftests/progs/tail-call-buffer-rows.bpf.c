// SPDX-License-Identifier: GPL-2.0-only
/*
 * DTRACE programs make tail calls in their main programs only, with nothing open. One that succeeds would end a
 * function half way, which the verifier of Linux 6.12 does not follow, and leave the frame of its caller behind.
 */
#include "buffer-asm.h"

#define CALL(sub) "r1 = r6; call " #sub ";"

SUBPROG(sub_reserve, START RESERVE(16) OUT)
SUBPROG(sub_commit, START COMMIT OUT)
SUBPROG(sub_pair, START RESERVE(16) COMMIT OUT)

__accepted PROG(around_a_function_with_a_pair, START TAIL_CALL CALL(sub_pair) TAIL_CALL OUT)
__accepted PROG(around_functions_with_halves, START TAIL_CALL CALL(sub_reserve) CALL(sub_commit) TAIL_CALL OUT)
__refused(EINVAL, MSG_TAIL) PROG(between_functions_with_halves, START CALL(sub_reserve) TAIL_CALL CALL(sub_commit) OUT)

SUBPROG(sub_tail_call, START TAIL_CALL OUT)
SUBPROG(sub_deeper, START CALL(sub_tail_call) OUT)
SUBPROG(sub_on_one_branch, START "call %[bpf_get_prandom_u32]; if r0 == 5 goto l0_%=;" TAIL_CALL LABEL(l0) OUT)
SUBPROG(sub_on_no_path, START "r2 = 0; if r2 == 0 goto l0_%=;" TAIL_CALL LABEL(l0) OUT)
SUBPROG(sub_tail_then_reserve, START TAIL_CALL RESERVE(16) OUT)
SUBPROG(sub_tail_then_commit, START TAIL_CALL COMMIT OUT)
SUBPROG(sub_pairs_around_it, START RESERVE(16) COMMIT TAIL_CALL RESERVE(16) COMMIT OUT)

__refused(EINVAL, MSG_FUNCTION) PROG(without_a_record, START CALL(sub_tail_call) OUT)
__refused(EINVAL, MSG_FUNCTION) PROG(one_call_deeper, START CALL(sub_deeper) OUT)
__refused(EINVAL, MSG_FUNCTION) PROG(on_one_branch_only, START CALL(sub_on_one_branch) OUT)
__refused(EINVAL, MSG_FUNCTION) PROG(on_no_path, START CALL(sub_on_no_path) OUT)
__refused(EINVAL, MSG_FUNCTION) PROG(in_the_main_program_as_well, START TAIL_CALL CALL(sub_tail_call) OUT)
__refused(EINVAL, MSG_FUNCTION) PROG(reserve_behind_it, START CALL(sub_tail_then_reserve) COMMIT OUT)
__refused(EINVAL, MSG_FUNCTION) PROG(commit_behind_it, START RESERVE(16) CALL(sub_tail_then_commit) OUT)
__refused(EINVAL, MSG_FUNCTION) PROG(pairs_around_it, START CALL(sub_pairs_around_it) OUT)

__attribute__((noinline)) int global_tail_call(struct dtrace_bpf_context *ctx)
{
	int value = 0;

	bpf_tail_call(ctx, &jmp, 0);
	barrier_var(value);
	return value;
}
SEC("dtrace") __refused(EINVAL, MSG_FUNCTION) int in_a_global_function(struct dtrace_bpf_context *ctx)
{
	return global_tail_call(ctx);
}

static long callback_tail_call(__u32 i, struct dtrace_bpf_context **ctx)
{
	bpf_tail_call(*ctx, &jmp, 0);
	return 0;
}
SEC("dtrace") __refused(EINVAL, MSG_FUNCTION) int in_a_callback(struct dtrace_bpf_context *ctx)
{
	bpf_loop(4, callback_tail_call, &ctx, 0);
	return 0;
}
