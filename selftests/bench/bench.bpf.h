/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BENCH_BPF_H
#define BENCH_BPF_H

#include <linux/types.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "maps.bpf.h"

char _license[] SEC("license") = "GPL";

/* Two readings of the clock around a batch; under icount a nanosecond is an instruction. */
struct batch {
	__u64 elapsed;
	__u64 failed;
};
volatile struct batch batch SEC(".data.out");

/*
 * Records in a batch: enough to drown the clock's rounding, few enough that the verifier walks the loop quickly and
 * that a batch of the largest records stays below half a ring.
 */
#ifndef REC_SIZE
#define REC_SIZE 0
#define FILL 0
#endif
#ifdef ONE
#define BATCH 1
#elif REC_SIZE > 8192
#define BATCH 16
#else
#define BATCH 64
#endif

#define TEXT_MAX 256

/*
 * Set by the driver. Flags for ring buffers: BPF_RB_NO_WAKEUP or BPF_RB_FORCE_WAKEUP (a perf ring's wake-ups are an
 * attribute of its event). Text for the string variants.
 */
volatile struct {
	__u64 ringbuf_flags;
	char text[TEXT_MAX];
} in SEC(".data.in");

#define barrier() asm volatile("" ::: "memory")

/* Off the fast path: a batch with a failure is thrown away by the driver, which says so. */
#define FAIL()			\
	do {			\
		batch.failed++;	\
		goto done;	\
	} while (0)

/* A batch of BODY between two readings of the clock. Not unrolled: loop_only must be the same loop as the others. */
#define MEASURE(section, name, ctx_type, BODY)					\
SEC(section)									\
int name(ctx_type *ctx)								\
{										\
	__u64 flags __attribute__((unused)) = in.ringbuf_flags;			\
	__u64 begin = bpf_ktime_get_ns();					\
	int i;									\
										\
	_Pragma("clang loop unroll(disable)")					\
	for (i = 0; i < BATCH; i++) {						\
		BODY								\
		barrier();							\
	}									\
	goto done;								\
done:										\
	batch.elapsed = bpf_ktime_get_ns() - begin;				\
	return 0;								\
}

/*
 * The payload's stores, eight bytes each; both sides of every comparison do the same ones. Above 512 bytes a loop of
 * 64-byte blocks, below it straight code.
 */
static __always_inline void fill(void *to)
{
#if FILL
	volatile __u64 *word = to;
	int at;

#if REC_SIZE <= 512
#pragma unroll
	for (at = 0; at < REC_SIZE / 8; at++)
		word[at] = 0x5a;
#else
	for (at = 0; at < REC_SIZE / 64 * 8; at += 8) {
		word[at] = 0x5a;
		word[at + 1] = 0x5a;
		word[at + 2] = 0x5a;
		word[at + 3] = 0x5a;
		word[at + 4] = 0x5a;
		word[at + 5] = 0x5a;
		word[at + 6] = 0x5a;
		word[at + 7] = 0x5a;
	}
#pragma unroll
	for (at = REC_SIZE / 64 * 8; at < REC_SIZE / 8; at++)
		word[at] = 0x5a;
#endif
#else
	asm volatile("" :: "r"(to) : "memory");
#endif
}

#endif
