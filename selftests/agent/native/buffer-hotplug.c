// SPDX-License-Identifier: GPL-2.0-only
/*
 * workload buffer-hotplug OBJECT TURNS
 *
 * A writer on CPU 1 reserves and commits without a pause, a reader on CPU 0 reads along, and CPU 1 is taken down and up
 * again under them. The ring's event is gone with its CPU: records are refused from then on, and all that were
 * committed before are read or counted as lost. One JSON object on stdout, sums over all turns.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "../../progs/buffer-order.h"
#include "buffer-account.h"
#include "native.h"

#define BURST 32
#define PAGES 64
/* Before the CPU goes: records; after it has come back: refusals. */
#define WARM 2000
#define ENOUGH 100

struct sums {
	unsigned long turns, interrupted, offline, refused, arrived;
	unsigned long sequence, seen, full, lost, bad, unaccounted, format;
};

static struct probe probe;
static struct ring ring;
static volatile struct order_count *count;
static struct account account;
static volatile int stop_writing, stop_reading, broken;
static volatile __u64 offline_seen;

static int fire(uint64_t records)
{
	uint64_t args[12] = { records };
	LIBBPF_OPTS(bpf_test_run_opts, run, .ctx_in = args, .ctx_size_in = sizeof(args),
		    .flags = BPF_F_TEST_RUN_ON_CPU, .cpu = 1);

	return bpf_prog_test_run_opts(probe.entry, &run);
}

static void *write_on(void *unused)
{
	/* Moved to CPU 0 by the kernel when CPU 1 goes; the program runs on CPU 1 as long as there is one. */
	pin_to(1);
	while (!stop_writing) {
		int error = fire(BURST);

		if (error == -ENXIO)
			offline_seen++;
		else if (error)
			broken = 1;
	}
	return unused;
}

static void read_all(void)
{
	if (ring_walk(&ring, &account.at, account_record, &account) < 0)
		broken = 1;
	ring_set_tail(&ring, account.at);
}

static void *read_along(void *unused)
{
	pin_to(0);
	while (!stop_reading) {
		read_all();
		usleep(500);
	}
	return unused;
}

static void wait_for(const volatile __u64 *value, uint64_t least)
{
	uint64_t deadline = now_ns() + 10000000000ull;

	while (*value < least && now_ns() < deadline)
		usleep(500);
}

static int new_ring(void)
{
	static const struct ring_options by_watermark = { .watermark = 4096 };

	account = (struct account){ 0 };
	memset((void *)count, 0, sizeof(*count));
	return ring_open(&ring, 1, PAGES, &by_watermark) || probe_set_ring(&probe, &ring);
}

static void account_turn(struct sums *sums)
{
	uint64_t from_read[2] = { 0 };

	read_all();
	if (read(ring.fd, from_read, sizeof(from_read)) != sizeof(from_read))
		broken = 1;
	sums->sequence += count->sequence;
	sums->seen += account.seen;
	sums->full += count->full;
	sums->lost += account.lost;
	sums->format += from_read[1];
	sums->bad += account.doubled + account.unexplained + account.overcounted + account.torn +
		     account.discarded + account.others + count->wild;
	/* What was lost last is told by no record any more. */
	sums->unaccounted += account.seen != count->sequence - count->full - count->failed ||
			     account.lost > count->full;
}

static int one_turn(struct sums *sums)
{
	pthread_t writer, reader;
	uint64_t running;

	if (new_ring())
		return -1;
	stop_writing = stop_reading = offline_seen = 0;
	pthread_create(&reader, NULL, read_along, NULL);
	pthread_create(&writer, NULL, write_on, NULL);
	wait_for(&count->tries, WARM);
	running = count->tries;
	set_cpu1_online(0);
	sums->interrupted += running >= WARM && count->tries > running;
	wait_for(&offline_seen, 1);
	sums->offline += offline_seen > 0;
	set_cpu1_online(1);
	wait_for(&count->failed, ENOUGH);
	sums->refused += count->failed >= ENOUGH;
	stop_writing = 1;
	pthread_join(writer, NULL);
	stop_reading = 1;
	pthread_join(reader, NULL);
	account_turn(sums);
	ring_close(&ring);
	/* A new event on the CPU that is back takes records as ever. */
	if (new_ring() || fire(BURST))
		return -1;
	read_all();
	sums->arrived += account.seen == count->sequence && account.seen > 0;
	ring_close(&ring);
	sums->turns++;
	return broken;
}

static int buffer_hotplug(int argc, char **argv)
{
	struct sums sums = { 0 };
	struct order_count *counts;

	if (argc != 3 || probe_load(&probe, argv[1], "write_burst"))
		return 2;
	counts = probe_map_memory(&probe, "counts", ORDER_CPUS * sizeof(*counts));
	if (!counts)
		return 2;
	count = &counts[1];
	pin_to(0);
	for (unsigned long turn = number(argv[2]); turn; turn--)
		if (one_turn(&sums))
			break;
	printf("{\"broken\":%d,\"turns\":%lu,\"interrupted\":%lu,\"offline\":%lu,\"refused\":%lu,\"arrived\":%lu,"
	       "\"sequence\":%lu,\"seen\":%lu,\"full\":%lu,\"lost\":%lu,\"formatLost\":%lu,"
	       "\"bad\":%lu,\"unaccounted\":%lu}\n",
	       broken, sums.turns, sums.interrupted, sums.offline, sums.refused, sums.arrived, sums.sequence, sums.seen,
	       sums.full, sums.lost, sums.format, sums.bad, sums.unaccounted);
	return 0;
}
WORKLOAD_COMMAND("buffer-hotplug", buffer_hotplug);
