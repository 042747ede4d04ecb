/* SPDX-License-Identifier: GPL-2.0-only */
/* Every number is either read or counted as lost, once, in order. */
#ifndef DTRACE_SELFTESTS_BUFFER_ACCOUNT_H
#define DTRACE_SELFTESTS_BUFFER_ACCOUNT_H

#include "buffer-ring.h"

struct account {
	uint64_t at;		/* ring position behind the last record accounted for */
	uint64_t next;		/* number expected, were nothing lost */
	uint64_t pending;	/* LOST counts since the last sample */
	uint64_t seen, lost, lost_records;
	uint64_t doubled;	/* a number below the expected one */
	uint64_t unexplained;	/* a gap larger than what was counted as lost */
	uint64_t overcounted;	/* a gap smaller than that */
	uint64_t torn;		/* content does not belong to its number */
	uint64_t discarded;	/* a record that was discarded, seen as data */
	uint64_t others;	/* neither SAMPLE nor LOST */
};

/* As record_fn with a struct account for cookie: numbered records of progs/buffer-order.h. */
int account_record(void *cookie, const struct record *record);
int account_json(const struct account *account, char *out, size_t room);

#endif
