// SPDX-License-Identifier: GPL-2.0-only
/* How long the pointers live, what may be done with them, and what may not (K7, K8; D16, D18, D19, D21). */
#include "buffer-asm.h"

#define STORE		"*(u64 *)(r2 + 0) = 1;"
#define OPEN_8		START RESERVE(16) LOAD NEED(8, l0)
#define CLOSE		LABEL(l0) COMMIT OUT

__accepted PROG(store_and_load_back, OPEN_8 STORE "r7 = *(u64 *)(r2 + 0);" CLOSE)
__accepted PROG(store_every_width,
	OPEN_8 "*(u8 *)(r2 + 7) = 1; *(u16 *)(r2 + 4) = 2; *(u32 *)(r2 + 0) = 3;" CLOSE)
__accepted PROG(pointers_loaded_in_the_other_order,
	START RESERVE(16) LOAD_END LOAD_BUF NEED(8, l0) STORE CLOSE)
__accepted PROG(narrow_stores_only, OPEN_8 "*(u8 *)(r2 + 7) = 1; *(u16 *)(r2 + 2) = 2; *(u32 *)(r2 + 0) = 3;" CLOSE)
/* D19: the end, loaded over the register that holds the context. */
__accepted PROG(end_loaded_into_the_context_register,
	START RESERVE(16) "r3 = r6; r3 = *(u64 *)(r3 + %[end]);" LOAD_BUF NEED(8, l0) STORE CLOSE)
__accepted PROG(buffer_loaded_into_the_context_register,
	START RESERVE(16) LOAD_END "r2 = r6; r2 = *(u64 *)(r2 + %[buf]);" NEED(8, l0) STORE CLOSE)
__accepted PROG(second_load_needs_a_second_proof,
	OPEN_8 LOAD_BUF NEED(8, l0) STORE CLOSE)
/* D21 */
__accepted PROG(spilled_and_filled,
	START RESERVE(16) LOAD "*(u64 *)(r10 - 8) = r2; *(u64 *)(r10 - 16) = r3;"
	"r2 = *(u64 *)(r10 - 8); r3 = *(u64 *)(r10 - 16);" NEED(8, l0) STORE CLOSE)
__accepted PROG(spilled_over_a_call,
	OPEN_8 "*(u64 *)(r10 - 8) = r2; call %[bpf_get_prandom_u32]; r2 = *(u64 *)(r10 - 8);" STORE CLOSE)
__accepted PROG(buffer_in_another_pair,
	OPEN_8 STORE LABEL(l0) COMMIT RESERVE(16) LOAD NEED(8, l1) STORE LABEL(l1) COMMIT OUT)
__accepted PROG(null_tests_are_allowed,
	START RESERVE(16) LOAD "if r2 == 0 goto l0_%=;" NEED(8, l0) STORE CLOSE)

__refused(EACCES, MSG_DEAD) PROG(store_after_commit,
	START RESERVE(16) LOAD "r7 = r2;" NEED(8, l0) COMMIT "*(u64 *)(r7 + 0) = 1;" OUT CLOSE)
__refused(EACCES, MSG_DEAD) PROG(load_after_commit,
	START RESERVE(16) LOAD "r7 = r2;" NEED(8, l0) COMMIT "r8 = *(u64 *)(r7 + 0);" OUT CLOSE)
__refused(EACCES, MSG_DEAD) PROG(store_after_discard,
	START RESERVE(16) LOAD "r7 = r2;" NEED(8, l0) DISCARD "*(u64 *)(r7 + 0) = 1;" OUT CLOSE)
__refused(EACCES, MSG_DEAD) PROG(spilled_copy_after_commit,
	START RESERVE(16) LOAD "*(u64 *)(r10 - 8) = r2;" NEED(8, l0) COMMIT
	"r7 = *(u64 *)(r10 - 8); *(u64 *)(r7 + 0) = 1;" OUT CLOSE)
__refused(EACCES, MSG_DEAD) PROG(old_buffer_in_the_next_pair,
	START RESERVE(16) LOAD "r7 = r2;" NEED(8, l0) COMMIT RESERVE(16) "*(u64 *)(r7 + 0) = 1;" COMMIT OUT CLOSE)
/* There is a buffer between the two, and no other time. */
__refused(EACCES, MSG_LOAD_BUF) PROG(buffer_loaded_before_reserve, START LOAD_BUF OUT)
__refused(EACCES, MSG_LOAD_BUF) PROG(end_loaded_before_reserve, START LOAD_END OUT)
__refused(EACCES, MSG_LOAD_BUF) PROG(buffer_loaded_after_commit, START RESERVE(16) COMMIT LOAD_BUF OUT)
__refused(EACCES, MSG_LOAD_BUF) PROG(end_loaded_after_discard, START RESERVE(16) DISCARD LOAD_END OUT)

SUBPROG(sub_commits, START COMMIT OUT)
SUBPROG(sub_spills_commits_uses,
	START LOAD NEED(8, l0) "*(u64 *)(r10 - 8) = r2;" COMMIT
	"r7 = *(u64 *)(r10 - 8); *(u64 *)(r7 + 0) = 1;" OUT LABEL(l0) COMMIT OUT)
SUBPROG(sub_commits_then_stores, "r6 = r1; r7 = r2;" COMMIT "*(u64 *)(r7 + 0) = 1;" OUT)
SUBPROG(sub_stores, "*(u64 *)(r1 + 0) = 1;" OUT)

__refused(EACCES, MSG_DEAD) PROG(register_after_a_callee_committed,
	START RESERVE(16) LOAD "r7 = r2;" NEED(8, l0) "r1 = r6; call sub_commits; *(u64 *)(r7 + 0) = 1;" OUT CLOSE)
__refused(EACCES, MSG_DEAD) PROG(spill_after_a_callee_committed,
	START RESERVE(16) LOAD "*(u64 *)(r10 - 8) = r2;" NEED(8, l0)
	"r1 = r6; call sub_commits; r7 = *(u64 *)(r10 - 8); *(u64 *)(r7 + 0) = 1;" OUT CLOSE)
__refused(EACCES, MSG_DEAD) PROG(spilled_in_the_callees_frame,
	START RESERVE(16) "r1 = r6; call sub_spills_commits_uses;" OUT)
__refused(EACCES, MSG_DEAD) PROG(argument_used_after_the_callees_commit,
	START RESERVE(16) LOAD NEED(8, l0) "r1 = r6; call sub_commits_then_stores;" OUT CLOSE)
__accepted PROG(callee_stores, OPEN_8 "r1 = r2; call sub_stores;" CLOSE)

/* D16: nothing is added to the end. */
__refused(EACCES, MSG_END_ARITH) PROG(end_plus_constant,
	START RESERVE(16) LOAD "r3 += 8;" NEED(24, l0) "*(u64 *)(r2 + 16) = 1;" CLOSE)
__refused(EACCES, MSG_END_ARITH) PROG(end_minus_constant, START RESERVE(16) LOAD "r3 -= 8;" NEED(8, l0) STORE CLOSE)
__refused(EACCES, MSG_END_ARITH) PROG(end_plus_variable,
	START RESERVE(16) "call %[bpf_get_prandom_u32]; r7 = r0; r7 &= 255;" LOAD "r3 += r7;" NEED(8, l0) STORE CLOSE)
__refused(EACCES, MSG_END_ARITH) PROG(variable_plus_end,
	START RESERVE(16) "call %[bpf_get_prandom_u32]; r7 = r0; r7 &= 255;" LOAD
	"r7 += r3; r3 = r7;" NEED(8, l0) STORE CLOSE)
__refused(EACCES, MSG_END_ACCESS) PROG(store_through_the_end,
	START RESERVE(16) LOAD NEED(8, l0) "*(u64 *)(r3 - 8) = 1;" CLOSE)
__refused(EACCES, MSG_END_ACCESS) PROG(load_through_the_end,
	START RESERVE(16) LOAD NEED(8, l0) "r7 = *(u64 *)(r3 - 8);" CLOSE)

/* D18: a part of a pointer is not a pointer. */
#define NARROW(name, width, at, text)						\
	__refused(EACCES, text) PROG(name, START RESERVE(16) "r2 = *(" #width " *)(r6 + " at ");" COMMIT OUT)
NARROW(narrow_load_u8_of_buf, u8, "%[buf]", MSG_WHOLE)
NARROW(narrow_load_u16_of_buf, u16, "%[buf]", MSG_WHOLE)
NARROW(narrow_load_u32_of_buf, u32, "%[buf]", MSG_WHOLE)
NARROW(narrow_load_u8_of_end, u8, "%[end]", MSG_WHOLE)
NARROW(narrow_load_u16_of_end, u16, "%[end]", MSG_WHOLE)
NARROW(narrow_load_u32_of_end, u32, "%[end]", MSG_WHOLE)
NARROW(upper_half_of_buf, u32, "%[buf] + 4", MSG_CTX)
NARROW(upper_half_of_end, u32, "%[end] + 4", MSG_CTX)
NARROW(misaligned_load_of_buf, u64, "%[buf] + 4", MSG_CTX)
__refused(EACCES, MSG_CTX) PROG(store_to_ctx_buf, START RESERVE(16) "r2 = 0; *(u64 *)(r6 + %[buf]) = r2;" COMMIT OUT)
__refused(EACCES, MSG_CTX) PROG(store_to_ctx_end, START RESERVE(16) "r2 = 0; *(u64 *)(r6 + %[end]) = r2;" COMMIT OUT)
__refused(EACCES, MSG_ATOMIC) PROG(atomic_add, OPEN_8 "r1 = 1; lock *(u64 *)(r2 + 0) += r1;" CLOSE)
/* A program of this type is loaded with the right to see kernel addresses, or not at all: it may store them. */
__accepted PROG(pointer_stored_by_the_privileged, OPEN_8 "*(u64 *)(r2 + 0) = r6;" CLOSE)
