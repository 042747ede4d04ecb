// SPDX-License-Identifier: GPL-2.0-only
/* Reserve and commit are a pair on every path (K8; D9, D10, D11). */
#include "buffer-asm.h"

__accepted PROG(reserve_then_commit, START RESERVE(16) COMMIT OUT)
__accepted PROG(reserve_then_discard, START RESERVE(16) DISCARD OUT)
__accepted PROG(pair_after_pair, START RESERVE(16) COMMIT RESERVE(16) DISCARD RESERVE(16) COMMIT OUT)
__accepted PROG(commit_on_one_branch_discard_on_the_other,
	START RESERVE(16) "if r0 == 0 goto l0_%=;" DISCARD OUT LABEL(l0) COMMIT OUT)
/* The obligation holds whether or not the reserve succeeded. */
__accepted PROG(commit_although_reserve_failed,
	START RESERVE(16) "if r0 != 0 goto l0_%=;" LOAD NEED(8, l0) "*(u64 *)(r2 + 0) = 1;" LABEL(l0) COMMIT OUT)
__accepted PROG(pair_in_a_loop,
	START "r7 = 0;" LABEL(l0) RESERVE(16) COMMIT "r7 += 1; if r7 < 4 goto l0_%=;" OUT)
__accepted PROG(tail_call_after_commit, START RESERVE(16) COMMIT TAIL_CALL OUT)
__accepted PROG(tail_call_before_reserve, START TAIL_CALL RESERVE(16) COMMIT OUT)
/* What is never reached demands nothing, and is nothing's pair. */
#define NEVER(body) "r0 = 0; if r0 == 0 goto l0_%=;" body LABEL(l0)
__accepted PROG(reserve_that_is_never_reached, START NEVER(RESERVE(16)) OUT)
__accepted PROG(commit_that_is_never_reached, START NEVER(COMMIT) OUT)
__accepted PROG(pair_around_calls_that_are_never_reached, START RESERVE(16) NEVER(TAIL_CALL RESERVE(16)) COMMIT OUT)

__refused(EINVAL, MSG_EXIT)
PROG(no_commit, START RESERVE(16) OUT)
__refused(EINVAL, MSG_EXIT)
PROG(no_commit_when_reserve_failed, START RESERVE(16) "if r0 != 0 goto l0_%=;" COMMIT LABEL(l0) OUT)
__refused(EINVAL, MSG_EXIT)
PROG(no_commit_when_range_test_fails,
	START RESERVE(16) LOAD NEED(16, l0) "*(u64 *)(r2 + 0) = 1;" COMMIT LABEL(l0) OUT)
__refused(EINVAL, MSG_EXIT)
PROG(no_commit_on_a_random_branch,
	START "call %[bpf_get_prandom_u32]; r7 = r0;" RESERVE(16) "if r7 == 5 goto l0_%=;" COMMIT LABEL(l0) OUT)
/* The path with the reserve is the second to be explored: the state at the join must not be pruned by the first. */
__refused(EINVAL, MSG_EXIT)
PROG(open_state_joins_a_closed_one,
	START "call %[bpf_get_prandom_u32]; if r0 == 5 goto l0_%=; goto l1_%=;"
	LABEL(l0) RESERVE(16) LABEL(l1) "r0 = 0; r1 = 0; r2 = 0; r3 = 0; r4 = 0; r5 = 0;"
	"if r0 == 0 goto l2_%=;" LABEL(l2) OUT)
__refused(EINVAL, MSG_NO_COMMIT)
PROG(closed_state_joins_an_open_one,
	START "call %[bpf_get_prandom_u32]; if r0 == 5 goto l1_%=;" RESERVE(16)
	LABEL(l1) "r0 = 0;" COMMIT OUT)

__refused(EINVAL, MSG_NO_COMMIT) PROG(commit_twice, START RESERVE(16) COMMIT COMMIT OUT)
__refused(EINVAL, MSG_NO_DISCARD) PROG(discard_after_commit, START RESERVE(16) COMMIT DISCARD OUT)
__refused(EINVAL, MSG_NO_COMMIT) PROG(commit_after_discard, START RESERVE(16) DISCARD COMMIT OUT)
__refused(EINVAL, MSG_NO_COMMIT) PROG(commit_without_reserve, START COMMIT OUT)
__refused(EINVAL, MSG_NO_DISCARD) PROG(discard_without_reserve, START DISCARD OUT)
__refused(EINVAL, MSG_TWICE) PROG(reserve_twice, START RESERVE(16) RESERVE(16) COMMIT OUT)
__refused(EINVAL, MSG_TWICE) PROG(reserve_twice_commit_twice, START RESERVE(16) RESERVE(16) COMMIT COMMIT OUT)
__refused(EINVAL, MSG_TWICE)
PROG(reserve_again_after_failure, START RESERVE(16) "if r0 == 0 goto l0_%=;" RESERVE(8) LABEL(l0) COMMIT OUT)
__refused(EINVAL, MSG_TWICE)
PROG(reserve_in_a_loop_commit_after_it,
	START "r7 = 0;" LABEL(l0) RESERVE(16) "r7 += 1; if r7 < 4 goto l0_%=;" COMMIT OUT)
__refused(EINVAL, MSG_NO_COMMIT)
PROG(reserve_once_commit_in_a_loop,
	START RESERVE(16) "r7 = 0;" LABEL(l0) COMMIT "r7 += 1; if r7 < 4 goto l0_%=;" OUT)
__refused(EINVAL, MSG_TAIL)
PROG(tail_call_between, START RESERVE(16) TAIL_CALL COMMIT OUT)
__refused(EINVAL, MSG_TAIL)
PROG(tail_call_between_on_one_branch,
	START RESERVE(16) "if r0 == 0 goto l0_%=;" TAIL_CALL LABEL(l0) COMMIT OUT)

/* Which buffer and which map it is, is the same at both ends, and known. */
#define WITH(id, map, fn) "r1 = r6; r2 = " id "; r3 = %[" #map "] ll; r4 = 16; call %[" #fn "];"
__refused(EINVAL, MSG_OTHER_ID) PROG(commit_of_another_buffer,
	START RESERVE(16) WITH("1", rings, bpf_buffer_commit) OUT)
__refused(EINVAL, MSG_OTHER_MAP) PROG(commit_with_another_map,
	START RESERVE(16) WITH("%[id]", other_rings, bpf_buffer_commit) OUT)
__refused(EINVAL, MSG_ID)
PROG(id_not_known, START "call %[bpf_get_prandom_u32]; r7 = r0;" WITH("r7", rings, bpf_buffer_reserve) COMMIT OUT)
/* Such a buffer does not exist: -EINVAL when it runs, and there is nothing to load. */
__accepted PROG(id_of_no_buffer, START WITH("1", rings, bpf_buffer_reserve) WITH("1", rings, bpf_buffer_commit) OUT)
__refused(EACCES, MSG_LOAD_BUF)
PROG(id_of_no_buffer_and_a_load,
	START WITH("1", rings, bpf_buffer_reserve) LOAD WITH("1", rings, bpf_buffer_commit) OUT)
