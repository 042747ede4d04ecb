// SPDX-License-Identifier: GPL-2.0-only
/* The buffer as memory of helpers (D21), and the arguments of the three helpers themselves. */
#include "buffer-asm.h"

#define OPEN(n)		START RESERVE(64) LOAD NEED(n, l0)
#define CLOSE		LABEL(l0) COMMIT OUT
/* probe_read_kernel(buf + 0, size, task): any readable address does. */
#define READ(fn, size)	"r1 = r2; r2 = " #size "; r3 = r6; call %[" #fn "];"

__accepted PROG(helper_writes_all_that_is_proven, OPEN(8) READ(bpf_probe_read_kernel, 8) CLOSE)
__refused(EACCES, MSG_RANGE) PROG(helper_writes_one_byte_more, OPEN(8) READ(bpf_probe_read_kernel, 9) CLOSE)
__refused(EACCES, MSG_RANGE) PROG(helper_writes_without_a_test,
	START RESERVE(64) LOAD READ(bpf_probe_read_kernel, 1) COMMIT OUT)
__accepted PROG(string_helper_within, OPEN(16) READ(bpf_probe_read_kernel_str, 16) CLOSE)
__refused(EACCES, MSG_RANGE) PROG(string_helper_beyond, OPEN(16) READ(bpf_probe_read_kernel_str, 17) CLOSE)
__accepted PROG(comm_within, OPEN(16) "r1 = r2; r2 = 16; call %[bpf_get_current_comm];" CLOSE)
__refused(EACCES, MSG_RANGE) PROG(comm_beyond, OPEN(15) "r1 = r2; r2 = 16; call %[bpf_get_current_comm];" CLOSE)
__accepted PROG(helper_writes_at_an_offset, OPEN(24) "r1 = r2; r1 += 8; r2 = 16; call %[bpf_get_current_comm];" CLOSE)
__refused(EACCES, MSG_RANGE) PROG(helper_writes_at_an_offset_beyond,
	OPEN(23) "r1 = r2; r1 += 8; r2 = 16; call %[bpf_get_current_comm];" CLOSE)
__refused(EACCES, MSG_BEFORE) PROG(helper_writes_before,
	OPEN(16) "r1 = r2; r1 += -1; r2 = 8; call %[bpf_get_current_comm];" CLOSE)
__accepted PROG(variable_size_within,
	START RESERVE(64) "call %[bpf_get_prandom_u32]; r7 = r0; r7 &= 31;" LOAD NEED(31, l0)
	"r1 = r2; r2 = r7; r3 = r6; call %[bpf_probe_read_kernel];" CLOSE)
__refused(EACCES, MSG_RANGE) PROG(variable_size_beyond,
	START RESERVE(64) "call %[bpf_get_prandom_u32]; r7 = r0; r7 &= 31;" LOAD NEED(30, l0)
	"r1 = r2; r2 = r7; r3 = r6; call %[bpf_probe_read_kernel];" CLOSE)
__accepted PROG(stores_after_a_helper_that_writes,
	OPEN(16) "r7 = r2;" READ(bpf_probe_read_kernel, 8) "*(u64 *)(r7 + 8) = 1;" CLOSE)
/* Read side: what is copied, a map's value and another record's data. */
#define UPDATE(value) "*(u64 *)(r10 - 8) = 0; r3 = " value "; r2 = r10; r2 += -8; r1 = %[values] ll; r4 = 0; "	\
		      "call %[bpf_map_update_elem];"
__accepted PROG(map_value_from_the_buffer, OPEN(8) "*(u64 *)(r2 + 0) = 0;" UPDATE("r2") CLOSE)
__refused(EACCES, MSG_RANGE) PROG(map_value_past_the_buffer,
	OPEN(8) "*(u64 *)(r2 + 0) = 0;" UPDATE("r2; r3 += 4") CLOSE)
/* And what is looked at twice: another writer can overwrite it in between, if the reader lets it (D33). */
__refused(EACCES, MSG_SHARED(2, "bpf_map_lookup_elem")) PROG(map_key_from_the_buffer,
	OPEN(8) "*(u64 *)(r2 + 0) = 0; r1 = %[values] ll; call %[bpf_map_lookup_elem];" CLOSE)
__refused(EACCES, MSG_SHARED(2, "bpf_map_update_elem")) PROG(map_update_with_a_key_from_the_buffer,
	OPEN(16) "*(u64 *)(r2 + 0) = 0; *(u64 *)(r2 + 8) = 0; "
	"r3 = r2; r3 += 8; r1 = %[values] ll; r4 = 0; call %[bpf_map_update_elem];" CLOSE)
__refused(EACCES, MSG_SHARED(1, "bpf_trace_printk")) PROG(format_in_the_buffer,
	OPEN(8) "*(u64 *)(r2 + 0) = 0; r1 = r2; r2 = 8; call %[bpf_trace_printk];" CLOSE)
__refused(EACCES, MSG_SHARED(1, "bpf_trace_vprintk")) PROG(format_in_the_buffer_for_vprintk,
	OPEN(8) "*(u64 *)(r2 + 0) = 0; r1 = r2; r2 = 8; r3 = 0; r4 = 0; call %[bpf_trace_vprintk];" CLOSE)
__refused(EACCES, MSG_SHARED(3, "bpf_trace_vprintk")) PROG(arguments_in_the_buffer_for_vprintk,
	OPEN(8) "*(u64 *)(r2 + 0) = 0; *(u64 *)(r10 - 8) = 0; "
	"r3 = r2; r1 = r10; r1 += -8; r2 = 8; r4 = 8; call %[bpf_trace_vprintk];" CLOSE)
__refused(EACCES, MSG_CONST_STR(3)) PROG(format_in_the_buffer_for_snprintf,
	OPEN(8) "*(u64 *)(r2 + 0) = 0; r1 = r2; r3 = r2; r2 = 8; r4 = 0; r5 = 0; call %[bpf_snprintf];" CLOSE)
__refused(EACCES, MSG_CONST_STR(3)) PROG(text_in_the_buffer_for_strncmp,
	OPEN(8) "*(u64 *)(r2 + 0) = 0; r1 = r2; r3 = r2; r2 = 8; call %[bpf_strncmp];" CLOSE)
__refused(EINVAL, MSG_HELPER("bpf_seq_printf")) PROG(format_in_the_buffer_for_seq_printf,
	OPEN(8) "*(u64 *)(r2 + 0) = 0; r1 = r6; r3 = 8; r4 = 0; r5 = 0; call %[bpf_seq_printf];" CLOSE)
__accepted PROG(record_written_from_the_buffer,
	OPEN(8) "*(u64 *)(r2 + 0) = 0; r4 = r2; r1 = r6; r2 = %[rings] ll; "
	"r3 = 0xffffffff ll; r5 = 8; call %[bpf_perf_event_output];" CLOSE)
/* What would have been accepted is listed in full, the buffer last. */
__refused(EACCES, MSG_MEM_TYPES) PROG(number_for_memory,
	START "r1 = 8; r2 = 8; r3 = r6; call %[bpf_probe_read_kernel];" OUT)
/* The end is no memory at all. */
__refused(EACCES, MSG_END_ARG) PROG(helper_writes_through_the_end,
	OPEN(8) "r1 = r3; r2 = 1; r3 = r6; call %[bpf_probe_read_kernel];" CLOSE)
__refused(EACCES, MSG_DEAD_ARG) PROG(helper_writes_after_commit,
	START RESERVE(64) LOAD "r7 = r2;" NEED(8, l0) COMMIT
	"r1 = r7; r2 = 8; r3 = r6; call %[bpf_probe_read_kernel];" OUT CLOSE)

#define CALL(ctx, id, map, size, fn) START "r1 = r6;" ctx "r2 = " id "; r3 = %[" #map "] ll; "			\
				     "r4 = " size "; call %[" #fn "];"
__refused(EINVAL, MSG_MAP("bpf_buffer_reserve")) PROG(reserve_in_an_array,
	CALL("", "%[id]", values, "16", bpf_buffer_reserve) OUT)
__refused(EINVAL, "bpf_buffer_commit" MSG_OTHER_MAP) PROG(commit_in_an_array,
	START RESERVE(16) "r1 = r6; r2 = %[id]; r3 = %[values] ll; call %[bpf_buffer_commit];" OUT)
__refused(EINVAL, "bpf_buffer_discard" MSG_OTHER_MAP) PROG(discard_in_an_array,
	START RESERVE(16) "r1 = r6; r2 = %[id]; r3 = %[values] ll; call %[bpf_buffer_discard];" OUT)
__refused(EACCES, MSG_CTX_ARG) PROG(reserve_with_a_moved_context,
	CALL("r1 += 8;", "%[id]", rings, "16", bpf_buffer_reserve) OUT)
__refused(EACCES, MSG_NOT_CTX) PROG(reserve_without_a_context,
	CALL("r1 = r10;", "%[id]", rings, "16", bpf_buffer_reserve) OUT)
/* Nothing that may sleep comes between the two. */
__refused(EINVAL, MSG_SLEEP) PROG(sleepable_helper_between,
	START RESERVE(16) LOAD NEED(8, l0) "r1 = r2; r2 = 8; r3 = 0; call %[bpf_copy_from_user];" CLOSE)

#define ALIEN(name, section)								\
	SEC(section) __refused(EINVAL, MSG_HELPER("bpf_buffer_reserve")) __attribute__((naked)) int name(void)	\
	{ asm volatile (START RESERVE(16) COMMIT OUT OPERANDS); }
ALIEN(reserve_in_a_kprobe, "kprobe")
ALIEN(reserve_in_a_tracepoint, "tracepoint")
ALIEN(reserve_in_a_raw_tracepoint, "raw_tp")
ALIEN(reserve_in_a_perf_event, "perf_event")
ALIEN(reserve_in_a_socket_filter, "socket")
ALIEN(reserve_in_a_classifier, "tc")
