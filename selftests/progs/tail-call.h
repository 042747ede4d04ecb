/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by the tail-call objects; the driver repeats the numbers in selftests/tables/tail-call-values.ts. */
#ifndef SELFTESTS_TAIL_CALL_H
#define SELFTESTS_TAIL_CALL_H

#define TYPED_ARRAY(array, prog_type, slots)				\
	struct {						\
		__uint(type, BPF_MAP_TYPE_PROG_ARRAY);		\
		__type(key, __u32);				\
		__type(value, __u32);				\
		__uint(max_entries, slots);			\
		__uint(map_extra, prog_type);			\
	} array SEC(".maps")

#define DTRACE_ARRAY(array, slots) TYPED_ARRAY(array, BPF_PROG_TYPE_DTRACE, slots)

enum {
	RETURN_A = 11,
	RETURN_B = 12,
	RETURN_LOOP = 13,
	RETURN_OWN = 14,
	RETURN_FELL = 100,
	RETURN_FELL_OWN = 101,
	RETURN_FELL_IN_SUBPROGRAM = 102,
	RETURN_MAIN = 1000,
};

enum { RAN_A, RAN_B, RAN_LOOP, RAN_ON, RAN_HOP, FIRED, FELL, RUNS_SLOTS = 8 };

#endif
