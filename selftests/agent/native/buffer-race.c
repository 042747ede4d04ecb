// SPDX-License-Identifier: GPL-2.0-only
/*
 * workload buffer-race OBJECT WHAT TURNS
 *
 * A program on CPU 1 holds a record open until it is told to go on, while CPU 0 does WHAT to the ring under it:
 *   close     the event is closed and its ring unmapped: the last reference but the program's own
 *   unmap     the ring is unmapped, the event stays
 *   replace   another event takes the map slot
 *   delete    the map slot is emptied
 *   offline   CPU 1 is taken down (and up again)
 * The commit has to be harmless, and the next record has to arrive where it belongs. One JSON object on stdout.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "../../progs/buffer-race.h"
#include "buffer-ring.h"
#include "native.h"

static struct probe probe;
static struct ring ring;
static struct race *race;
static int check_entry, answer;
static unsigned long caught_open, arrived, turned, refused;

static void *hold_open(void *unused)
{
	static const uint64_t args[12];

	/* On its own CPU, so that the program runs with interrupts on, and what CPU 0 does is not held up by it. */
	pin_to(1);
	answer = probe_fire(probe.entry, 1, args);
	return unused;
}

static void *take_down(void *unused)
{
	set_cpu1_online(0);
	return unused;
}

static int count_sample(void *cookie, const struct record *record)
{
	struct { uint32_t bytes; uint64_t word; } __attribute__((packed)) sample;

	memcpy(&sample, record->body, sizeof(sample));
	*(unsigned long *)cookie += record->header->type == PERF_RECORD_SAMPLE && sample.word == RACE_WORD;
	return 0;
}

/* A record on the ring that the slot has now; the held one may still be in front of it. */
static int record_arrives(struct ring *now)
{
	static const uint64_t args[12];
	unsigned long samples = 0;
	uint64_t at = now->page->data_tail;

	if (probe_fire(check_entry, 1, args))
		return 0;
	ring_walk(now, &at, count_sample, &samples);
	ring_set_tail(now, at);
	return samples >= 1;
}

static int set_up(void)
{
	return ring_open(&ring, 1, 8, NULL) || probe_set_ring(&probe, &ring);
}

static void do_it(const char *what, struct ring *other)
{
	uint32_t cpu = 1;

	if (strcmp(what, "close") == 0) {
		ring_close(&ring);
	} else if (strcmp(what, "unmap") == 0) {
		ring_unmap(&ring);
	} else if (strcmp(what, "replace") == 0) {
		ring_open(other, 1, 8, NULL);
		probe_set_ring(&probe, other);
	} else if (strcmp(what, "delete") == 0) {
		bpf_map_delete_elem(probe.rings, &cpu);
	}
}

static int one_turn(const char *what)
{
	pthread_t holder, offliner;
	struct ring other = { .fd = -1 };
	int down = strcmp(what, "offline") == 0;
	uint64_t deadline = now_ns() + 2000000000ull;

	if (set_up())
		return -1;
	race->open = race->go = 0;
	pthread_create(&holder, NULL, hold_open, NULL);
	while (!race->open && now_ns() < deadline)
		sched_yield();
	caught_open += race->open;
	if (down)
		pthread_create(&offliner, NULL, take_down, NULL);
	else
		do_it(what, &other);
	/* Freeing waits for a grace period, which the open record holds up; what is freed too early is gone by now. */
	usleep(3000);
	caught_open -= !race->open;
	race->go = 1;
	pthread_join(holder, NULL);
	refused += answer != 0;
	if (down) {
		pthread_join(offliner, NULL);
		set_cpu1_online(1);
	}
	ring_close(&ring);
	if (other.fd >= 0) {
		arrived += record_arrives(&other);
		ring_close(&other);
	} else {
		if (set_up())
			return -1;
		arrived += record_arrives(&ring);
		ring_close(&ring);
	}
	turned++;
	return 0;
}

static int buffer_race(int argc, char **argv)
{
	if (argc != 4 || probe_load(&probe, argv[1], "hold"))
		return 2;
	check_entry = probe_program(&probe, "check");
	race = probe_map_memory(&probe, "race", sizeof(*race));
	if (!race || check_entry < 0)
		return 2;
	pin_to(0);
	for (unsigned long turn = number(argv[3]); turn; turn--)
		if (one_turn(argv[2]))
			break;
	printf("{\"turns\":%lu,\"caughtOpen\":%lu,\"arrived\":%lu,\"refused\":%lu}\n", turned, caught_open, arrived,
	       refused);
	return 0;
}
WORKLOAD_COMMAND("buffer-race", buffer_race);
