// SPDX-License-Identifier: GPL-2.0-only
/*
 * workload buffer-order OBJECT READER PAGES RECORDS
 *
 * A writer process on each CPU makes RECORDS tries; one reader process reads all rings. READER is
 *   eager    reads whenever there is something; the writers pause now and then, so that most is read
 *   slow     reads 64 KiB at most, then sleeps 2 ms
 *   stopped  eager, but stopped for 20 ms out of 40
 *   killed   eager, but killed every 50 ms and started again
 * The reader's books are in shared memory and change hands with one store, so that a reader killed anywhere leaves
 * books that its successor can go on with. One JSON object on stdout, an account for each CPU.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include "../../progs/buffer-order.h"
#include "buffer-account.h"
#include "native.h"

#define BURST 32
#define MOST_CPUS 8

struct books {
	struct account pages[2];
	volatile unsigned int current;
};

struct shared {
	struct books books[MOST_CPUS];
	volatile int stop_reading;
	volatile int broken;
};

static struct probe probe;
static struct ring rings[MOST_CPUS];
static struct shared *shared;
static int cpus, pausing;
static uint64_t records;

static void die_with_parent(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() == 1)
		_exit(3);
}

static pid_t start(void (*run)(int), int argument)
{
	pid_t parent_sees = fork();

	if (parent_sees < 0) {
		perror("fork");
		exit(3);
	}
	if (parent_sees)
		return parent_sees;
	die_with_parent();
	run(argument);
	_exit(0);
}

static void write_records(int cpu)
{
	uint64_t args[12] = { BURST }, left;

	pin_to(cpu);
	for (left = records; left; left -= args[0]) {
		if (left < BURST)
			args[0] = left;
		if (probe_fire(probe.entry, cpu, args) != 0)
			_exit(4);
		if (pausing && left % 1024 < BURST)
			usleep(1000);
	}
}

struct reading {
	struct account account;
	uint64_t until;
};

static int read_one(void *cookie, const struct record *record)
{
	struct reading *reading = cookie;

	account_record(&reading->account, record);
	return reading->account.at >= reading->until;
}

/* Accounts for what there is, at most `most` bytes of it. The books are written before the tail is given back. */
static void read_ring(struct ring *ring, struct books *books, uint64_t most)
{
	struct reading reading = { .account = books->pages[books->current] };
	uint64_t at = reading.account.at;

	reading.until = at + most;
	if (ring_walk(ring, &at, read_one, &reading) < 0) {
		shared->broken = 1;
		_exit(4);
	}
	books->pages[!books->current] = reading.account;
	__atomic_store_n(&books->current, !books->current, __ATOMIC_SEQ_CST);
	ring_set_tail(ring, reading.account.at);
}

static void map_rings(void)
{
	for (int cpu = 0; cpu < cpus; cpu++)
		if (ring_map(&rings[cpu], rings[cpu].bytes / sysconf(_SC_PAGESIZE)))
			_exit(3);
}

static void read_all(int slow)
{
	struct pollfd polled[MOST_CPUS];

	/* Mappings do not pass through fork: this is a second one of each ring. */
	map_rings();
	for (int cpu = 0; cpu < cpus; cpu++)
		polled[cpu] = (struct pollfd){ .fd = rings[cpu].fd, .events = POLLIN };
	while (!shared->stop_reading) {
		if (poll(polled, cpus, 10) < 0 && errno != EINTR)
			_exit(3);
		for (int cpu = 0; cpu < cpus; cpu++)
			read_ring(&rings[cpu], &shared->books[cpu], slow ? 65536 : ~0ull >> 1);
		if (slow)
			usleep(2000);
	}
}

static int writers_left(pid_t *writers)
{
	int left = 0;

	for (int cpu = 0; cpu < cpus; cpu++) {
		int status;

		if (writers[cpu] && waitpid(writers[cpu], &status, WNOHANG) == writers[cpu]) {
			writers[cpu] = 0;
			if (status) {
				fprintf(stderr, "writer on cpu %d: status %#x\n", cpu, status);
				shared->broken = 1;
			}
		}
		left += writers[cpu] != 0;
	}
	return left;
}

/* Returns how often the reader was disturbed. */
static unsigned int disturb(const char *mode, pid_t *reader, pid_t *writers)
{
	unsigned int times = 0;

	while (writers_left(writers) && !shared->broken) {
		if (strcmp(mode, "stopped") == 0) {
			kill(*reader, SIGSTOP);
			usleep(20000);
			kill(*reader, SIGCONT);
			usleep(20000);
			times++;
		} else if (strcmp(mode, "killed") == 0) {
			usleep(50000);
			kill(*reader, SIGKILL);
			waitpid(*reader, NULL, 0);
			usleep(5000);
			*reader = start(read_all, 0);
			times++;
		} else {
			usleep(5000);
		}
	}
	return times;
}

/* What was lost since the last record is only told by the next one. */
static void tell_the_rest(void)
{
	uint64_t args[12] = { 1 };

	for (int cpu = 0; cpu < cpus; cpu++) {
		read_ring(&rings[cpu], &shared->books[cpu], ~0ull >> 1);
		/* Twice: the first may be one of those that are discarded. */
		probe_fire(probe.entry, cpu, args);
		probe_fire(probe.entry, cpu, args);
		read_ring(&rings[cpu], &shared->books[cpu], ~0ull >> 1);
	}
}

static void report(const struct order_count *counts, unsigned int disturbed, uint64_t ns)
{
	printf("{\"broken\":%d,\"disturbed\":%u,\"ms\":%llu,\"cpus\":[", shared->broken, disturbed,
	       (unsigned long long)ns / 1000000);
	for (int cpu = 0; cpu < cpus; cpu++) {
		struct books *books = &shared->books[cpu];
		uint64_t from_read[2] = { 0 };
		char text[512];

		account_json(&books->pages[books->current], text, sizeof(text));
		if (read(rings[cpu].fd, from_read, sizeof(from_read)) != sizeof(from_read))
			perror("read of the event");
		printf("%s{%s,\"tries\":%llu,\"sequence\":%llu,\"full\":%llu,\"failed\":%llu,\"discarded\":%llu,"
		       "\"wild\":%llu,\"formatLost\":%llu}", cpu ? "," : "", text,
		       (unsigned long long)counts[cpu].tries, (unsigned long long)counts[cpu].sequence,
		       (unsigned long long)counts[cpu].full, (unsigned long long)counts[cpu].failed,
		       (unsigned long long)counts[cpu].discarded, (unsigned long long)counts[cpu].wild,
		       (unsigned long long)from_read[1]);
	}
	printf("]}\n");
}

static int buffer_order(int argc, char **argv)
{
	const struct ring_options by_watermark = { .watermark = 4096 };
	const struct order_count *counts;
	pid_t writers[MOST_CPUS] = { 0 }, reader;
	unsigned int disturbed;
	uint64_t began = now_ns();

	if (argc != 5 || probe_load(&probe, argv[1], "write_burst"))
		return 2;
	records = number(argv[4]);
	pausing = strcmp(argv[2], "eager") == 0;
	cpus = sysconf(_SC_NPROCESSORS_ONLN) < MOST_CPUS ? sysconf(_SC_NPROCESSORS_ONLN) : MOST_CPUS;
	counts = probe_map_memory(&probe, "counts", ORDER_CPUS * sizeof(*counts));
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!counts || shared == MAP_FAILED)
		return 2;
	/* The mapping held here keeps each ring alive when its reader is killed. */
	for (int cpu = 0; cpu < cpus; cpu++)
		if (ring_open(&rings[cpu], cpu, number(argv[3]), &by_watermark) || probe_set_ring(&probe, &rings[cpu]))
			return 2;
	reader = start(read_all, strcmp(argv[2], "slow") == 0);
	for (int cpu = 0; cpu < cpus; cpu++)
		writers[cpu] = start(write_records, cpu);
	disturbed = disturb(argv[2], &reader, writers);
	shared->stop_reading = 1;
	waitpid(reader, NULL, 0);
	tell_the_rest();
	report(counts, disturbed, now_ns() - began);
	return 0;
}
WORKLOAD_COMMAND("buffer-order", buffer_order);
