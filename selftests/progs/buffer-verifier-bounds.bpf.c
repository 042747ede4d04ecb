// SPDX-License-Identifier: GPL-2.0-only
/* Every form of the range test, and off by one on both sides of each (K7; D20, D17). */
#include "buffer-asm.h"

/*
 * r4 = buf + 8 is compared with r3 = end. TAKEN: the access is where the jump goes. A strict comparison
 * proves nine bytes, the others eight. `from` is the first byte accessed, of one byte.
 */
#define FALLS(cmp, at)	START RESERVE(64) LOAD "r4 = r2; r4 += 8; "						\
			"if " cmp " goto l0_%=; *(u8 *)(r2 + " #at ") = 1;" LABEL(l0) COMMIT OUT
#define TAKEN(cmp, at)	START RESERVE(64) LOAD "r4 = r2; r4 += 8; "						\
			"if " cmp " goto l1_%=; goto l0_%=;"							\
			LABEL(l1) "*(u8 *)(r2 + " #at ") = 1;" LABEL(l0) COMMIT OUT

#define FORM(name, cmp, where, other, last, beyond)					\
	__accepted PROG(name##_last_byte, where(cmp, last))				\
	__refused(EACCES, MSG_BEYOND(beyond, 1, beyond)) PROG(name##_one_beyond, where(cmp, beyond))	\
	__refused(EACCES, MSG_BEYOND(0, 1, 0)) PROG(name##_wrong_branch, other(cmp, 0))

FORM(buf_gt_end, "r4 > r3",  FALLS, TAKEN, 7, 8)
FORM(buf_ge_end, "r4 >= r3", FALLS, TAKEN, 8, 9)
FORM(buf_lt_end, "r4 < r3",  TAKEN, FALLS, 8, 9)
FORM(buf_le_end, "r4 <= r3", TAKEN, FALLS, 7, 8)
FORM(end_lt_buf, "r3 < r4",  FALLS, TAKEN, 7, 8)
FORM(end_le_buf, "r3 <= r4", FALLS, TAKEN, 8, 9)
FORM(end_gt_buf, "r3 > r4",  TAKEN, FALLS, 8, 9)
FORM(end_ge_buf, "r3 >= r4", TAKEN, FALLS, 7, 8)

/* Comparisons that say nothing about order, or not about all 64 bits, or not as unsigned numbers. */
#define PROVES_NOTHING(name, cmp)							\
	__refused(EACCES, MSG_RANGE) PROG(name##_falls, FALLS(cmp, 0))			\
	__refused(EACCES, MSG_RANGE) PROG(name##_taken, TAKEN(cmp, 0))
PROVES_NOTHING(equal, "r4 == r3")
PROVES_NOTHING(not_equal, "r4 != r3")
PROVES_NOTHING(signed_greater, "r4 s> r3")
PROVES_NOTHING(signed_less, "r4 s< r3")
PROVES_NOTHING(lower_halves_greater, "w4 > w3")
PROVES_NOTHING(lower_halves_less, "w4 < w3")

#define OPEN(n)		START RESERVE(64) LOAD NEED(n, l0)
#define CLOSE		LABEL(l0) COMMIT OUT
__refused(EACCES, MSG_RANGE) PROG(no_test, START RESERVE(64) LOAD "*(u8 *)(r2 + 0) = 1;" COMMIT OUT)
__refused(EACCES, MSG_RANGE) PROG(a_null_test_is_not_enough,
	START RESERVE(64) LOAD "if r2 == 0 goto l0_%=; *(u8 *)(r2 + 0) = 1;" CLOSE)
__refused(EACCES, MSG_RANGE) PROG(a_return_value_test_is_not_enough,
	START RESERVE(64) "if r0 != 0 goto l0_%=;" LOAD "*(u8 *)(r2 + 0) = 1;" CLOSE)
__refused(EACCES, MSG_RANGE) PROG(byte_before_the_buffer, OPEN(8) "*(u8 *)(r2 - 1) = 1;" CLOSE)
__refused(EACCES, MSG_RANGE) PROG(word_across_the_proven_end, OPEN(8) "*(u64 *)(r2 + 1) = 1;" CLOSE)
__refused(EACCES, MSG_BEFORE) PROG(moved_back_before_the_buffer, OPEN(8) "r2 += -8; *(u8 *)(r2 + 7) = 1;" CLOSE)
__accepted PROG(moved_on_and_back, OPEN(8) "r2 += 4; *(u32 *)(r2 - 4) = 1; *(u32 *)(r2 + 0) = 1;" CLOSE)
__accepted PROG(the_larger_of_two_tests, OPEN(8) NEED(16, l0) "*(u64 *)(r2 + 8) = 1;" CLOSE)
__accepted PROG(a_smaller_test_takes_nothing_away, OPEN(16) NEED(8, l0) "*(u64 *)(r2 + 8) = 1;" CLOSE)
/* The test wins over what was reserved: programs are proven, sizes are not believed. */
__accepted PROG(test_beyond_what_was_reserved, START RESERVE(8) LOAD NEED(4096, l0) "*(u64 *)(r2 + 4088) = 1;" CLOSE)
__refused(EACCES, MSG_RANGE) PROG(reserved_but_not_tested,
	START RESERVE(4096) LOAD NEED(8, l0) "*(u64 *)(r2 + 8) = 1;" CLOSE)

#define RANDOM(max)	"call %[bpf_get_prandom_u32]; r7 = r0; r7 &= " #max ";"
__accepted PROG(variable_offset_tested_afterwards,
	START RESERVE(64) RANDOM(31) LOAD "r2 += r7;" NEED(8, l0) "*(u64 *)(r2 + 0) = 1;" CLOSE)
__accepted PROG(variable_offset_from_the_other_operand,
	START RESERVE(64) RANDOM(31) LOAD "r7 += r2; r2 = r7;" NEED(8, l0) "*(u64 *)(r2 + 0) = 1;" CLOSE)
__refused(EACCES, MSG_RANGE) PROG(variable_offset_after_the_test,
	START RESERVE(64) RANDOM(31) LOAD NEED(32, l0) "r2 += r7; *(u8 *)(r2 + 0) = 1;" CLOSE)
__refused(EACCES, MSG_RANGE) PROG(variable_offset_one_beyond,
	START RESERVE(64) RANDOM(31) LOAD "r2 += r7;" NEED(8, l0) "*(u8 *)(r2 + 8) = 1;" CLOSE)
__refused(EACCES, MSG_MIN) PROG(variable_offset_that_may_be_negative,
	START RESERVE(64) RANDOM(31) "r7 -= 1;" LOAD "r2 += r7;" NEED(8, l0) "*(u8 *)(r2 + 0) = 1;" CLOSE)
/* 64 KiB and more could wrap around: such a sum proves nothing. */
__refused(EACCES, MSG_RANGE) PROG(variable_offset_too_large_to_prove,
	START RESERVE(64) RANDOM(0x1ffff) LOAD "r2 += r7;" NEED(8, l0) "*(u8 *)(r2 + 0) = 1;" CLOSE)
__refused(EACCES, MSG_RANGE) PROG(constant_offset_too_large_to_prove,
	START RESERVE(64) LOAD "r4 = r2; r4 += 0x10000; if r4 > r3 goto l0_%=; *(u8 *)(r2 + 0) = 1;" CLOSE)
/*
 * What an offset may be is known in two ways, as a range and by its bits. A pointer and those at a known distance
 * from it have to go by the same: 0 to 50 and a multiple of 8 is at most 48.
 */
#define MULTIPLE_OF_8	START RESERVE(64) RANDOM(0x38) "if r7 > 50 goto l1_%=;" LOAD "r2 += r7; r4 = r2;"
#define CLOSE_ALL	LABEL(l0) LABEL(l1) COMMIT OUT
__accepted PROG(tested_behind_a_multiple,
	MULTIPLE_OF_8 "r4 += 8; if r4 > r3 goto l0_%=; *(u64 *)(r2 + 0) = 1;" CLOSE_ALL)
__refused(EACCES, MSG_RANGE) PROG(tested_at_a_multiple_and_used_behind,
	MULTIPLE_OF_8 "r4 += 8; if r2 > r3 goto l0_%=; *(u8 *)(r4 - 7) = 1;" CLOSE_ALL)
__refused(EACCES, MSG_RANGE) PROG(tested_4_behind_a_multiple_and_used_6_behind,
	MULTIPLE_OF_8 "r4 += 8; r5 = r2; r5 += 4; if r5 > r3 goto l0_%=; *(u32 *)(r4 - 6) = 1;" CLOSE_ALL)
/* Back by what is not known: on 7.x as far as that can be, on 6.12 not at all. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 3, 0)
#define BACK __accepted
#else
#define BACK __refused(EACCES, MSG_MIN)
#endif
#define BACK_BY(random, more) \
	START RESERVE(64) RANDOM(random) "r7 += " #more ";" LOAD	\
	"r2 += 40; if r2 > r3 goto l0_%=; r2 -= r7; *(u64 *)(r2 + 0) = 1;" CLOSE
BACK PROG(back_from_the_tested_place, BACK_BY(31, 8))
__refused(EACCES, MSG_REACH) PROG(not_far_enough_back_from_the_tested_place, BACK_BY(31, 7))
__refused(EACCES, MSG_MIN) PROG(further_back_than_the_beginning, BACK_BY(63, 8))
/* That a pointer is at the end or behind it is not so any more when it has been moved. */
#define MOVED_FROM_THE_END(back)								\
	START RESERVE(64) LOAD "r2 += 256; if r2 >= r3 goto l1_%=;" COMMIT OUT			\
	LABEL(l1) back "if r2 < r3 goto l2_%=;" COMMIT OUT LABEL(l2) "*(u8 *)(r2 + 0) = 1;" COMMIT OUT
__refused(EACCES, MSG_RANGE) PROG(moved_from_the_end_by_sub, MOVED_FROM_THE_END("r2 -= 256;"))
__refused(EACCES, MSG_RANGE) PROG(moved_from_the_end_by_add, MOVED_FROM_THE_END("r2 += -256;"))
/* Which buffer it is stays known, or the test after the move would prove nothing. */
__accepted PROG(moved_from_the_end_and_tested_again,
	START RESERVE(64) LOAD "r2 += 256; if r2 >= r3 goto l1_%=;" COMMIT OUT
	LABEL(l1) "r2 -= 256;" NEED(8, l0) "*(u64 *)(r2 + 0) = 1;" CLOSE)
/* A copy in the stack has been tested with it, and no further. */
#define SPILLED(at)									\
	START RESERVE(64) RANDOM(255) LOAD "r2 += r7; *(u64 *)(r10 - 8) = r2;" NEED(7, l0)	\
	"r2 = *(u64 *)(r10 - 8); *(u8 *)(r2 + " #at ") = 1;" CLOSE
__accepted PROG(copy_in_the_stack_last_byte, SPILLED(6))
__refused(EACCES, MSG_RANGE) PROG(copy_in_the_stack_one_beyond, SPILLED(7))
__accepted PROG(last_byte_of_the_largest_record,
	START RESERVE(65516) LOAD NEED(65516, l0) "r2 += 32000; r2 += 32000; *(u8 *)(r2 + 1515) = 1;" CLOSE)
__refused(EACCES, MSG_RANGE) PROG(byte_after_the_largest_record,
	START RESERVE(65516) LOAD NEED(65516, l0) "r2 += 32000; r2 += 32000; *(u8 *)(r2 + 1516) = 1;" CLOSE)
__accepted PROG(variable_size, START RANDOM(0xffff) "r4 = r7;" RESERVE_N LOAD NEED(8, l0) "*(u64 *)(r2 + 0) = 1;" CLOSE)

/*
 * D17: states that differ only in what their buffer has been proven to hold must not be merged, whichever comes
 * first. (A context has one buffer; a second one would be told apart by the same comparison.)
 */
__refused(EACCES, MSG_RANGE) PROG(more_proven_first,
	START RESERVE(64) RANDOM(1) LOAD "if r7 == 0 goto l1_%=;" NEED(16, l0) "goto l2_%=;"
	LABEL(l1) NEED(8, l0) LABEL(l2) "r7 = 0; r4 = 0; *(u64 *)(r2 + 8) = 1;" CLOSE)
__refused(EACCES, MSG_RANGE) PROG(less_proven_first,
	START RESERVE(64) RANDOM(1) LOAD "if r7 == 0 goto l1_%=;" NEED(8, l0) "goto l2_%=;"
	LABEL(l1) NEED(16, l0) LABEL(l2) "r7 = 0; r4 = 0; *(u64 *)(r2 + 8) = 1;" CLOSE)
/* The end of the record before is a number now: no test against it proves anything. */
__refused(EACCES, MSG_RANGE) PROG(buffer_tested_against_an_older_end,
	START RESERVE(64) LOAD_END "r7 = r3;" COMMIT RESERVE(64) LOAD_BUF "r3 = r7;"
	NEED(8, l0) "*(u8 *)(r2 + 0) = 1;" CLOSE)
