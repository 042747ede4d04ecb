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

/* What bpf_finalize_context() is given, or what it must not be given. */
#define ECB_MAP(name, map_type, value_type, entries)	\
	struct {					\
		__uint(type, map_type);			\
		__uint(max_entries, entries);		\
		__type(key, __u32);			\
		__type(value, value_type);		\
	} name SEC(".maps")

/* A program that tail-calls, and says so when it was not taken. Slots that clang can see go through CALLS_CONSTANT. */
#define CALLS_WITH(call, section, name, context, array, slot, fell)	\
	SEC(section)							\
	int name(context *ctx)						\
	{								\
		call(ctx, &array, slot);				\
		return fell;						\
	}
#define CALLS_CONSTANT(...) CALLS_WITH(bpf_tail_call_static, __VA_ARGS__)
#define CALLS_VARIABLE(...) CALLS_WITH(bpf_tail_call, __VA_ARGS__)

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
