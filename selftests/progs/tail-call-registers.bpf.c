// SPDX-License-Identifier: GPL-2.0
/*
 * R6-R9 and the stack of a program around a tail call that comes back: because it was not taken, or because it was
 * taken in a subprogram. The programs hand everything out and the driver compares, so that nothing is known to the
 * verifier that it could fold away. Values come from the context: args 0-3 in R6-R9, arg 4 + n in stack slot n.
 */
#include <linux/bpf.h>
#include <linux/dtrace.h>
#include <bpf/bpf_helpers.h>
#include "tail-call.h"

char LICENSE[] SEC("license") = "GPL";

DTRACE_ARRAY(progs, 4);

__u32 slot SEC(".data.in");
__u64 seen[4 + 64];

SEC("dtrace")
int callee_a(struct dtrace_bpf_context *ctx)
{
	return RETURN_A;
}

/* X(bytes below the frame pointer, offset into seen[]): slots 1-30; 31-63 if the subprograms make no tail calls. */
#define LOW(X)									\
	X(8, 32) X(16, 40) X(24, 48) X(32, 56) X(40, 64) X(48, 72) X(56, 80)	\
	X(64, 88) X(72, 96) X(80, 104) X(88, 112) X(96, 120) X(104, 128)	\
	X(112, 136) X(120, 144) X(128, 152) X(136, 160) X(144, 168)		\
	X(152, 176) X(160, 184) X(168, 192) X(176, 200) X(184, 208)		\
	X(192, 216) X(200, 224) X(208, 232) X(216, 240) X(224, 248)		\
	X(232, 256) X(240, 264)
#define HIGH(X)									\
	X(248, 272) X(256, 280) X(264, 288) X(272, 296) X(280, 304) X(288, 312)		\
	X(296, 320) X(304, 328) X(312, 336) X(320, 344) X(328, 352)		\
	X(336, 360) X(344, 368) X(352, 376) X(360, 384) X(368, 392)		\
	X(376, 400) X(384, 408) X(392, 416) X(400, 424) X(408, 432)		\
	X(416, 440) X(424, 448) X(432, 456) X(440, 464) X(448, 472)		\
	X(456, 480) X(464, 488) X(472, 496) X(480, 504) X(488, 512)		\
	X(496, 520) X(504, 528)

#define PUT(below, offset) "r0 += 1; *(u64 *)(r10 - " #below ") = r0;"
#define GET(below, offset) "r2 = *(u64 *)(r10 - " #below "); *(u64 *)(r1 + " #offset ") = r2;"

#define FILL(slots)								\
	"r6 = *(u64 *)(r1 + 0); r7 = *(u64 *)(r1 + 8);"				\
	"r8 = *(u64 *)(r1 + 16); r9 = *(u64 *)(r1 + 24);"			\
	"r0 = *(u64 *)(r1 + 32);" slots
#define SHOW(slots)								\
	"r1 = %[seen] ll;"							\
	"*(u64 *)(r1 + 0) = r6; *(u64 *)(r1 + 8) = r7;"				\
	"*(u64 *)(r1 + 16) = r8; *(u64 *)(r1 + 24) = r9;" slots
#define OPERANDS :: [seen]"i"(&seen), [slot]"i"(&slot), [progs]"i"(&progs), [fell]"i"(RETURN_FELL)

#define VARIABLE "r2 = %[slot] ll; r3 = *(u32 *)(r2 + 0); r2 = %[progs] ll; call 12;"
#define CONSTANT "r2 = %[progs] ll; r3 = 1; call 12;"

SEC("raw_tp")
__attribute__((naked)) int variable_index(void)
{
	asm volatile (FILL(LOW(PUT) HIGH(PUT)) VARIABLE SHOW(LOW(GET) HIGH(GET))
		      "r0 = %[fell]; exit;" OPERANDS : "memory");
}

/* Slot 1, which the driver keeps empty. */
SEC("raw_tp")
__attribute__((naked)) int constant_index(void)
{
	asm volatile (FILL(LOW(PUT) HIGH(PUT)) CONSTANT SHOW(LOW(GET) HIGH(GET))
		      "r0 = %[fell]; exit;" OPERANDS : "memory");
}

static __attribute__((naked, noinline, used)) int call_variable(void)
{
	asm volatile (VARIABLE "r0 = %[fell]; exit;" OPERANDS : "memory");
}

SEC("raw_tp")
__attribute__((naked)) int subprogram(void)
{
	asm volatile (FILL(LOW(PUT)) "call %[sub];" SHOW(LOW(GET)) "exit;"
		      OPERANDS, [sub]"i"(call_variable) : "memory");
}

/* All 512 bytes used: the call keeps nothing there. */
SEC("?raw_tp")
__attribute__((naked)) int full_stack(void)
{
	asm volatile (FILL("*(u64 *)(r10 - 512) = r0;") VARIABLE
		      "r0 = %[fell]; exit;" OPERANDS : "memory");
}
