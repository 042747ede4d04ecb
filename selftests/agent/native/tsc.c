// SPDX-License-Identifier: GPL-2.0-only
/*
 * Run on the host: the frequency of its time stamp counter, which an emulated guest of x86 sees as it is. Others have
 * no such counter.
 */
#ifdef __x86_64__
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>
#include "native.h"

#define TRIES		64
#define INTERVAL_NS	20000000

struct reading {
	uint64_t ns;
	uint64_t cycles;
};

/* Of several, the one that was interrupted least: both clocks at one moment. */
static struct reading read_both(void)
{
	struct reading best = { 0, 0 };
	uint64_t narrowest = UINT64_MAX;
	int i;

	for (i = 0; i < TRIES; i++) {
		struct timespec now;
		uint64_t before = __rdtsc(), width;

		clock_gettime(CLOCK_MONOTONIC_RAW, &now);
		width = __rdtsc() - before;
		if (width >= narrowest)
			continue;
		narrowest = width;
		best.ns = (uint64_t)now.tv_sec * 1000000000 + now.tv_nsec;
		best.cycles = before + width / 2;
	}
	return best;
}

static int tsc_khz(int argc, char **argv)
{
	const struct timespec interval = { .tv_nsec = INTERVAL_NS };
	struct reading from = read_both(), to;

	(void)argc;
	(void)argv;
	nanosleep(&interval, NULL);
	to = read_both();
	printf("%llu\n", (unsigned long long)((to.cycles - from.cycles) * 1000000 / (to.ns - from.ns)));
	return 0;
}
WORKLOAD_COMMAND("tsc-khz", tsc_khz);
#endif
