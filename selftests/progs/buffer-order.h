/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbered records: what the program counts on each CPU, and what a record says of itself. */
#ifndef BUFFER_ORDER_H
#define BUFFER_ORDER_H

#include <linux/types.h>

#define ORDER_CPUS 64

/* One element for each CPU, written by its program alone, mapped by the reader. */
struct order_count {
	__u64 tries;		/* reserves, discarded records included */
	__u64 sequence;		/* number of the next record: committed, or refused because the ring was full */
	__u64 full;		/* -ENOSPC */
	__u64 failed;		/* any other error */
	__u64 discarded;
	__u64 wild;		/* a failed reserve with a buffer, or a good one without */
	__u64 unused[2];
};

struct order_record {
	__u64 sequence;
	__u64 size;
	__u64 check;		/* ~sequence */
	/* Any number of bytes that were not written; the last eight are order_last(). */
};

static inline __u32 order_size(__u64 tries)
{
	return 32 + (tries * 2654435761u >> 7 & 255);
}

static inline __u64 order_last(__u64 sequence, __u64 size)
{
	return (sequence ^ (size << 40)) * 0x9e3779b97f4a7c15ull;
}

/* One record in sixteen is reserved, filled with this as its number, and discarded. */
#define ORDER_DISCARDED 0xdeaddeaddeadull
#define order_discards(tries) (((tries) & 15) == 7)

#endif
