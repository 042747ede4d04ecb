// SPDX-License-Identifier: GPL-2.0-only
/*
 * workload buffer-flip OBJECT FIRINGS
 *
 * A program on CPU 1 gives its record to every helper that takes one, and a thread on CPU 0 writes to all of the mapped
 * ring the whole time. One JSON object on stdout.
 */
#include <linux/types.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../../progs/buffer-flip.h"
#include "buffer-ring.h"
#include "native.h"

#define ENTRY_CPU 1
#define FLIPPER_CPU 0
#define RING_PAGES 2

static struct probe probe;
static struct ring ring;
static bool over;
static unsigned long flips;

/* Formats, no end of a string, sizes and types that are none, addresses of the kernel and of nothing. */
static const uint64_t HOSTILE[] = {
	0x7325732573257325, 0x4141414141414141, 0x0000000000000000, 0xffffffffffffffff, 0x7fffffff7fffffff,
	0xffff888000000000, 0xffffffff81000000, 0xdead000000000100, 0x6e2573256e257325, 0x80000000ffffffff,
};
#define HOSTILE_COUNT (sizeof(HOSTILE) / sizeof(*HOSTILE))

static void *flip(void *unused)
{
	volatile uint64_t *words = (void *)ring.data;

	pin_to(FLIPPER_CPU);
	for (size_t turn = 0; !__atomic_load_n(&over, __ATOMIC_RELAXED); turn++, flips++)
		for (size_t i = 0; i < ring.bytes / sizeof(*words); i++)
			words[i] = HOSTILE[(i + turn) % HOSTILE_COUNT];
	return unused;
}

static int intact(void *cookie, const struct record *record)
{
	*(unsigned long *)cookie += record->header->type == PERF_RECORD_SAMPLE;
	return 0;
}

static int buffer_flip(int argc, char **argv)
{
	static const uint64_t args[12];
	struct flip_counts *counts;
	unsigned long fired = 0, refused = 0, last = 0, wanted;
	pthread_t flipper;
	uint64_t at;

	if (argc != 3 || probe_load(&probe, argv[1], "write_everything"))
		return 2;
	wanted = number(argv[2]);
	counts = probe_map_memory(&probe, ".bss", sizeof(*counts));
	if (!counts || ring_open(&ring, ENTRY_CPU, RING_PAGES, NULL) || probe_set_ring(&probe, &ring))
		return 2;
	if (pthread_create(&flipper, NULL, flip, NULL))
		return 2;
	for (; fired < wanted; fired++) {
		refused += probe_fire(probe.entry, ENTRY_CPU, args) != 0;
		ring_set_tail(&ring, ring_head(&ring));
	}
	__atomic_store_n(&over, true, __ATOMIC_RELAXED);
	pthread_join(flipper, NULL);

	/* And then, with the thread gone, a record is a record. */
	at = ring_head(&ring);
	refused += probe_fire(probe.entry, ENTRY_CPU, args) != 0;
	if (ring_walk(&ring, &at, intact, &last))
		return 1;
	printf("{\"fired\":%lu,\"refused\":%lu,\"rounds\":%llu,\"changed\":%llu,\"flips\":%lu,\"last\":%lu}\n", fired, refused,
	       counts->rounds, counts->changed, flips, last);
	return 0;
}
WORKLOAD_COMMAND("buffer-flip", buffer_flip);
