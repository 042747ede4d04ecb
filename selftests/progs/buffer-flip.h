/* SPDX-License-Identifier: GPL-2.0-only */
/* What the program counts and the workload reads. */
#ifndef BUFFER_FLIP_H
#define BUFFER_FLIP_H

struct flip_counts {
	/* Turns through all of the helpers; those behind which the record had something else than was written. */
	__u64 rounds, changed;
};

#endif
