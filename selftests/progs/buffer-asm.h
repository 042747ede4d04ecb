/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hand-written programs, a row each: clang will not write most of what a verifier has to
 * refuse. Throughout: r6 is the context, r2 the buffer, r3 its end.
 */
#ifndef BUFFER_ASM_H
#define BUFFER_ASM_H

#include "buffer.h"
#include "buffer-messages.h"

#define START		"r6 = r1;"
#define RESERVE_N	"r1 = r6; r2 = %[id]; r3 = %[rings] ll; call %[bpf_buffer_reserve];"
#define RESERVE(n)	"r4 = " #n ";" RESERVE_N
#define COMMIT		"r1 = r6; r2 = %[id]; r3 = %[rings] ll; call %[bpf_buffer_commit];"
#define DISCARD		"r1 = r6; r2 = %[id]; r3 = %[rings] ll; call %[bpf_buffer_discard];"
#define LOAD_BUF	"r2 = *(u64 *)(r6 + %[buf]);"
#define LOAD_END	"r3 = *(u64 *)(r6 + %[end]);"
#define LOAD		LOAD_BUF LOAD_END
/* Goes to LABEL unless n bytes are there; r4 is used up. */
#define NEED(n, label)	"r4 = r2; r4 += " #n "; if r4 > r3 goto " #label "_%=;"
#define TAIL_CALL	"r1 = r6; r2 = %[jmp] ll; r3 = 0; call %[bpf_tail_call];"
#define LABEL(l)	#l "_%=:"
#define OUT		"r0 = 0; exit;"

#define AS_NUMBER(name, value) [name]"i"(value)
#define AS_ADDRESS(name) [name]"i"(&name)
#define AS_HELPER(name) [name]"i"(name)
#define OPERANDS								\
	: : AS_NUMBER(id, BUF), AS_NUMBER(buf, BUF), AS_NUMBER(end, BUF_END),	\
	  AS_ADDRESS(rings), AS_ADDRESS(other_rings), AS_ADDRESS(jmp), AS_ADDRESS(values),		\
	  AS_HELPER(bpf_buffer_reserve), AS_HELPER(bpf_buffer_commit),		\
	  AS_HELPER(bpf_buffer_discard), AS_HELPER(bpf_tail_call),		\
	  AS_HELPER(bpf_probe_read_kernel), AS_HELPER(bpf_get_current_comm),	\
	  AS_HELPER(bpf_get_prandom_u32), AS_HELPER(bpf_map_update_elem),	\
	  AS_HELPER(bpf_map_lookup_elem), AS_HELPER(bpf_loop),			\
	  AS_HELPER(bpf_copy_from_user), AS_HELPER(bpf_perf_event_output),	\
	  AS_HELPER(bpf_probe_read_kernel_str),					\
	  AS_HELPER(bpf_trace_printk), AS_HELPER(bpf_trace_vprintk),		\
	  AS_HELPER(bpf_snprintf), AS_HELPER(bpf_strncmp), AS_HELPER(bpf_seq_printf)	\
	: "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "memory"

/* Without parameters: clang keeps no names of those that only assembly uses, and BTF wants them. */
/* One situation: its verdict stands in front. */
#define PROG(name, body)							\
	SEC("dtrace")								\
	__attribute__((naked)) int name(void)					\
	{									\
		asm volatile (body OPERANDS);					\
	}
/* A function that rows call: checked with its caller, having no verdict of its own. */
#define SUBPROG(name, body)							\
	static __attribute__((naked, noinline, used)) int name(void)	\
	{									\
		asm volatile (body OPERANDS);					\
	}

PROBES();

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} other_rings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} values SEC(".maps");

#endif
