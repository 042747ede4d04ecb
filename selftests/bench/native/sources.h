/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SOURCES_H
#define SOURCES_H

#include "bench.h"

struct source {
	/* Prefix of the programs' names. */
	const char *tag;
	void (*fire)(void);
};
extern const struct source sources[];
extern const int source_count;

/* Attaches by the program's section; a perf_event program to the page faults of this thread. */
struct bpf_link *source_attach(struct bpf_program *program);

#endif
