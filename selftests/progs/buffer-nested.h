/* SPDX-License-Identifier: GPL-2.0-only */
/* Several writers on one ring, some of them between another's reserve and commit. */
#ifndef BUFFER_NESTED_H
#define BUFFER_NESTED_H

#include <linux/types.h>

enum nested_source {
	NESTED_OUTER,		/* reserves, lets the others in, commits */
	NESTED_OUTPUT,		/* perf_event_output from a raw tracepoint fired inside OUTER */
	NESTED_INNER,		/* reserve/commit from there */
	NESTED_TICK,		/* reserve/commit from a timer interrupt */
	NESTED_TICK_OUTPUT,	/* perf_event_output from a timer interrupt */
	NESTED_SOURCES,
};

/* What OUTER does with its record, and with how many nested writers. */
enum nested_plan {
	PLAN_COMMIT,
	PLAN_DISCARD,		/* nested writers follow it in the ring: it cannot be taken back */
	PLAN_DISCARD_ALONE,	/* no writer followed: the head goes back */
	PLAN_DISCARD_INNER,	/* OUTER commits, INNER discards */
	PLAN_SPIN,		/* keeps the record open for argv[2] steps, for interrupts to come */
	PLAN_DISCARD_BOTH,	/* INNER alone nests and discards, then OUTER does: nothing is left */
};

struct nested_record {
	__u64 source;
	__u64 sequence;
	__u64 words[6];		/* (source << 56 | sequence) * (i + 3) */
};

struct nested_count {
	__u64 written[NESTED_SOURCES];
	__u64 failed[NESTED_SOURCES];
	__u64 discarded;
	__u64 open;		/* OUTER's record is open now */
	__u64 inside;		/* interrupts that came while it was */
	__u64 nested;		/* raw tracepoints that did */
	/* data_head as the reader sees it: before the reserve, after it, just before the commit, after it. */
	__u64 head_before, head_reserved, head_open, head_after;
};

static inline __u64 nested_word(__u64 source, __u64 sequence, __u32 i)
{
	return (source << 56 | sequence) * (i + 3);
}

#endif
