// SPDX-License-Identifier: GPL-2.0-only
/* Probes that fire all the time, and a prog array whose slots change meanwhile. */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "native.h"

static atomic_int storm_stop;
static _Atomic uint64_t storm_calls;
static pthread_t storm_threads[2];

static void *storm(void *cpu)
{
	uint64_t calls = 0;

	nat_pin((int)(intptr_t)cpu);
	while (!storm_stop) {
		syscall(SYS_getpgid, 0);
		calls++;
	}
	storm_calls += calls;
	return NULL;
}

/* One thread on each of CPU 0 and 1 calls getpgid() until nat_storm_end(), which returns the number of calls. */
int nat_storm_begin(void)
{
	storm_stop = 0;
	storm_calls = 0;
	for (intptr_t cpu = 0; cpu < 2; cpu++)
		if (pthread_create(&storm_threads[cpu], NULL, storm, (void *)cpu))
			return -1;
	return 0;
}

uint64_t nat_storm_end(void)
{
	storm_stop = 1;
	for (int cpu = 0; cpu < 2; cpu++)
		pthread_join(storm_threads[cpu], NULL);
	return storm_calls;
}

/* Long enough for the probes to meet each state of the slot. */
#define CHURN_PAUSE_US 200

/* Slot `slot` holds a, b, nothing, and so on. 0, or the errno of the first update that failed. */
int nat_churn_slot(int map, uint32_t slot, int a, int b, int turns)
{
	for (int i = 0; i < turns; i++) {
		if (bpf_map_update_elem(map, &slot, &a, 0))
			return errno;
		usleep(CHURN_PAUSE_US);
		if (bpf_map_update_elem(map, &slot, &b, 0))
			return errno;
		usleep(CHURN_PAUSE_US);
		if (bpf_map_delete_elem(map, &slot))
			return errno;
		usleep(CHURN_PAUSE_US);
	}
	return 0;
}
