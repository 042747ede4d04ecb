// SPDX-License-Identifier: GPL-2.0-only
/* The lowest level of the nesting topic: probes in task context, as many as a second holds, on two CPUs. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "native.h"

struct nest_share {
	int cpu;
	uint64_t rounds;
	pthread_t thread;
};

PROBE_TARGET uint64_t nest_target(uint64_t cpu, uint64_t round)
{
	__asm__ volatile("" : "+r"(cpu), "+r"(round));
	return cpu ^ round;
}

/* A uprobe and three system calls (raw tracepoints), one of them a kprobe, in each round. */
static void *nest_rounds(void *arg)
{
	struct nest_share *share = arg;

	if (nat_pin(share->cpu))
		return arg;
	for (uint64_t i = 0; i < share->rounds; i++) {
		nest_target(share->cpu, i);
		syscall(SYS_getpgid, 0);
		syscall(SYS_getuid);
		syscall(SYS_getgid);
	}
	return NULL;
}

/* `rounds` on each of CPU 0 and 1. 0, or the number of threads that could not do it. */
int nat_nest(uint64_t rounds)
{
	struct nest_share share[2] = { { .cpu = 0, .rounds = rounds }, { .cpu = 1, .rounds = rounds } };
	int failed = 0;
	void *result;

	for (int i = 0; i < 2; i++)
		if (pthread_create(&share[i].thread, NULL, nest_rounds, &share[i]))
			return 2;
	for (int i = 0; i < 2; i++)
		failed += !pthread_join(share[i].thread, &result) && result;
	return failed;
}
