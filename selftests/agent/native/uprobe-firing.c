// SPDX-License-Identifier: GPL-2.0-only
/* Two tasks of one CPU, each with a probe of its own; one takes the CPU away from the other wherever that is. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include "native.h"

#define SHORTEST_SLEEP_NS 20000
#define SLEEP_STEPS 64
#define SLEEP_STEP_NS 1000

struct firing_share {
	int cpu;
	uint64_t from, times;
	atomic_bool over;
};

PROBE_TARGET uint64_t firing_of_low(uint64_t task, uint64_t number)
{
	__asm__ volatile("" : "+r"(task), "+r"(number));
	return task ^ number;
}

PROBE_TARGET uint64_t firing_of_high(uint64_t task, uint64_t number)
{
	__asm__ volatile("" : "+r"(task), "+r"(number));
	return task + number;
}

/* Sleeps of ever other lengths, so that it wakes up everywhere in what the other task does. */
static void *fire_high(void *arg)
{
	const struct sched_param priority = { .sched_priority = 1 };
	struct firing_share *share = arg;

	if (nat_pin(share->cpu) || pthread_setschedparam(pthread_self(), SCHED_FIFO, &priority))
		return arg;
	for (uint64_t i = share->from; !atomic_load(&share->over); i++) {
		const struct timespec sleep = { .tv_nsec = SHORTEST_SLEEP_NS + i % SLEEP_STEPS * SLEEP_STEP_NS };

		nanosleep(&sleep, NULL);
		firing_of_high(1, i);
	}
	return NULL;
}

static void *fire_low(void *arg)
{
	struct firing_share *share = arg;
	int failed = nat_pin(share->cpu);

	for (uint64_t i = 0; i < share->times && !failed; i++)
		firing_of_low(0, share->from + i);
	atomic_store(&share->over, true);
	return failed ? arg : NULL;
}

/* The low task fires `times` times, numbered from `from` on. 0, or the number of tasks that could not do it. */
int nat_fire_in_two_tasks(uint64_t from, uint64_t times, int cpu)
{
	struct firing_share share = { .cpu = cpu, .from = from, .times = times };
	pthread_t high, low;
	int failed = 0;
	void *result;

	if (pthread_create(&high, NULL, fire_high, &share))
		return 2;
	if (pthread_create(&low, NULL, fire_low, &share)) {
		atomic_store(&share.over, true);
		failed = 1;
	} else {
		failed += !pthread_join(low, &result) && result;
	}
	failed += !pthread_join(high, &result) && result;
	return failed;
}
