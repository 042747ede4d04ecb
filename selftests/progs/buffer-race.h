/* SPDX-License-Identifier: GPL-2.0-only */
/* How the program that holds a record open and the one that pulls the ring away agree. */
#ifndef BUFFER_RACE_H
#define BUFFER_RACE_H

#include <linux/types.h>

struct race {
	volatile __u64 open;	/* set by the program: reserved, not committed */
	volatile __u64 go;	/* set by the other side: commit now */
};

#define RACE_WORD 0x0ddba11c0ffeeull

#endif
