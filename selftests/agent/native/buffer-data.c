// SPDX-License-Identifier: GPL-2.0-only
/*
 * workload buffer-data OBJECT CPU PAGES SIZE...
 * workload buffer-data-libbpf OBJECT CPU PAGES SIZE...
 *
 * SIZE is N, or FROM-TO, or FROM-TO+STEP. Each size is written at every class of starting offset (own reader), or
 * one after the other (libbpf's perf_buffer), and read back byte for byte. One JSON object on stdout.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../../progs/buffer-pattern.h"
#include "buffer-ring.h"
#include "native.h"

struct tally {
	uint64_t records, bytes, bad, refused, misplaced, dirty_padding, lost, others;
	char first[160];		/* the first thing that was wrong */
	/* What the next record has to be. */
	uint32_t size;
	uint64_t seed, at;
};

#define WRONG(tally, counter, ...)							\
	do {										\
		(tally)->counter++;							\
		if ((tally)->first[0] == '\0')						\
			snprintf((tally)->first, sizeof((tally)->first), __VA_ARGS__);	\
	} while (0)

static void check_data(struct tally *tally, const unsigned char *data, uint32_t given)
{
	uint32_t size = tally->size, padded = record_total(size) - RECORD_OVERHEAD, i;

	tally->records++;
	tally->bytes += size;
	if (given != padded) {
		WRONG(tally, bad, "size %u: %u bytes of data, not %u", size, given, padded);
		return;
	}
	for (i = 0; i < size / 8; i++) {
		uint64_t word, expected = pattern_word(tally->seed, i);

		memcpy(&word, data + i * 8, sizeof(word));
		if (word != expected) {
			WRONG(tally, bad, "size %u: word %u is %#llx, not %#llx", size, i,
			      (unsigned long long)word, (unsigned long long)expected);
			return;
		}
	}
	for (i = 0; i < size % 8; i++) {
		if (data[size / 8 * 8 + i] != pattern_byte(tally->seed, size, i)) {
			WRONG(tally, bad, "size %u: byte %u is %#x", size, size / 8 * 8 + i, data[size / 8 * 8 + i]);
			return;
		}
	}
	for (i = size; i < padded; i++) {
		if (data[i]) {
			WRONG(tally, dirty_padding, "size %u: padding byte %u is %#x", size, i, data[i]);
			return;
		}
	}
}

static int check_record(void *cookie, const struct record *record)
{
	struct tally *tally = cookie;
	uint32_t raw;

	if (record->header->type != PERF_RECORD_SAMPLE) {
		WRONG(tally, others, "size %u: record of type %u", tally->size, record->header->type);
		return 0;
	}
	if (record->at != tally->at)
		WRONG(tally, misplaced, "size %u: at %llu, not %llu", tally->size,
		      (unsigned long long)record->at, (unsigned long long)tally->at);
	if (record->header->size != record_total(tally->size)) {
		WRONG(tally, bad, "size %u: header says %u", tally->size, record->header->size);
		return 0;
	}
	memcpy(&raw, record->body, sizeof(raw));
	check_data(tally, record->body + sizeof(raw), raw);
	return 0;
}

static int ignore(void *cookie, const struct record *record)
{
	(void)cookie, (void)record;
	return 0;
}

/* Writes and reads padding until the next record starts at `target` within the ring. */
static void move_head(const struct probe *probe, struct ring *ring, uint64_t *at, uint64_t target)
{
	uint64_t mask = ring->bytes - 1, most = ring->bytes / 2 < 65520 ? ring->bytes / 2 : 65520;
	uint64_t left = (target - *at) & mask;

	/* The smallest record is 24 bytes: less is made by going once around. */
	if (left && left < SMALLEST_RECORD)
		left += ring->bytes;
	while (left) {
		uint64_t args[12] = { 0 }, step = left > most ? most : left;

		if (left > step && left - step < SMALLEST_RECORD)
			step -= SMALLEST_RECORD;
		args[0] = step - RECORD_OVERHEAD;
		if (probe_fire(probe->entry, ring->cpu, args)) {
			fprintf(stderr, "padding of %llu refused\n", (unsigned long long)step);
			exit(3);
		}
		ring_walk(ring, at, ignore, NULL);
		ring_set_tail(ring, *at);
		left -= step;
	}
}

static const char *const classes[] = {
	"inside a page", "ends on a page border", "starts on a page border", "crosses a page border behind its header",
	"crosses a page border inside", "ends on the wrap", "starts on the wrap", "crosses the wrap behind its header",
	"crosses the wrap inside",
};
#define CLASSES (sizeof(classes) / sizeof(classes[0]))

static uint64_t class_start(unsigned int class, uint64_t ring, uint64_t total)
{
	switch (class) {
	case 0: return 128;
	case 1: return ring / 2 - total;
	case 2: return ring / 2;
	case 3: return ring / 2 - 8;
	case 4: return ring / 2 - (total / 2 & ~7ull);
	case 5: return ring - total;
	case 6: return 0;
	case 7: return ring - 8;
	default: return ring - (total / 2 & ~7ull);
	}
}

struct sweep {
	struct probe probe;
	struct probe padding;
	struct ring ring;
	struct tally tally;
	uint64_t at;
	uint64_t fired;
};

static void one_size(struct sweep *sweep, uint32_t size)
{
	unsigned int class;

	for (class = 0; class < CLASSES; class++) {
		uint64_t args[12] = { size, ++sweep->fired };
		int error;

		move_head(&sweep->padding, &sweep->ring, &sweep->at,
			  class_start(class, sweep->ring.bytes, record_total(size)) & (sweep->ring.bytes - 1));
		sweep->tally.size = size;
		sweep->tally.seed = sweep->fired;
		sweep->tally.at = sweep->at;
		error = probe_fire(sweep->probe.entry, sweep->ring.cpu, args);
		if (error)
			WRONG(&sweep->tally, refused, "size %u, %s: %d", size, classes[class], error);
		if (ring_walk(&sweep->ring, &sweep->at, check_record, &sweep->tally)) {
			WRONG(&sweep->tally, bad, "size %u, %s: no record", size, classes[class]);
			sweep->at = ring_head(&sweep->ring);
		}
		ring_set_tail(&sweep->ring, sweep->at);
	}
}

static void each_size(int argc, char **argv, void (*fn)(struct sweep *, uint32_t), struct sweep *sweep)
{
	for (int i = 0; i < argc; i++) {
		unsigned int from, to, step = 1;

		if (sscanf(argv[i], "%u-%u+%u", &from, &to, &step) < 2)
			to = from = number(argv[i]);
		for (unsigned int size = from; size <= to; size += step)
			fn(sweep, size);
	}
}

static int report(const struct sweep *sweep)
{
	const struct tally *t = &sweep->tally;

	printf("{\"fired\":%llu,\"records\":%llu,\"bytes\":%llu,\"bad\":%llu,\"refused\":%llu,\"misplaced\":%llu,"
	       "\"dirtyPadding\":%llu,\"lost\":%llu,\"others\":%llu,\"first\":\"%s\"}\n",
	       (unsigned long long)sweep->fired, (unsigned long long)t->records, (unsigned long long)t->bytes,
	       (unsigned long long)t->bad, (unsigned long long)t->refused, (unsigned long long)t->misplaced,
	       (unsigned long long)t->dirty_padding, (unsigned long long)t->lost, (unsigned long long)t->others,
	       t->first);
	return 0;
}

static int own_reader(int argc, char **argv)
{
	struct sweep sweep = { 0 };

	if (argc < 5 || probe_load(&sweep.probe, argv[1], "write_record"))
		return 2;
	sweep.padding = sweep.probe;
	sweep.padding.entry = probe_program(&sweep.probe, "write_padding");
	if (ring_open(&sweep.ring, number(argv[2]), number(argv[3]), NULL) || probe_set_ring(&sweep.probe, &sweep.ring))
		return 2;
	pin_to(sweep.ring.cpu);
	each_size(argc - 4, argv + 4, one_size, &sweep);
	return report(&sweep);
}
WORKLOAD_COMMAND("buffer-data", own_reader);

static struct perf_buffer *reader;

static enum bpf_perf_event_ret on_event(void *cookie, int cpu, struct perf_event_header *header)
{
	const unsigned char *body = (unsigned char *)(header + 1);
	struct tally *tally = cookie;
	uint32_t size;

	(void)cpu;
	if (header->type == PERF_RECORD_SAMPLE) {
		memcpy(&size, body, sizeof(size));
		check_data(tally, body + sizeof(size), size);
	} else {
		WRONG(tally, lost, "size %u: a record of type %u", tally->size, header->type);
	}
	return LIBBPF_PERF_EVENT_CONT;
}

static void one_after_the_other(struct sweep *sweep, uint32_t size)
{
	uint64_t args[12] = { size, ++sweep->fired }, before = sweep->tally.records;
	int error;

	sweep->tally.size = size;
	sweep->tally.seed = sweep->fired;
	error = probe_fire(sweep->probe.entry, sweep->ring.cpu, args);
	if (error)
		WRONG(&sweep->tally, refused, "size %u: %d", size, error);
	/* No time to wait: the wake-up has been given by the commit. */
	error = perf_buffer__poll(reader, 0);
	if (error < 0 || sweep->tally.records != before + 1)
		WRONG(&sweep->tally, bad, "size %u: poll says %d, %llu records", size, error,
		      (unsigned long long)(sweep->tally.records - before));
}

static int libbpf_reader(int argc, char **argv)
{
	struct perf_event_attr attr = output_attr();
	struct sweep sweep = { 0 };

	if (argc < 5 || probe_load(&sweep.probe, argv[1], "write_record"))
		return 2;
	sweep.ring.cpu = number(argv[2]);
	attr_write_in_place(&attr);
	reader = perf_buffer__new_raw(sweep.probe.rings, number(argv[3]), &attr, on_event, &sweep.tally, NULL);
	if (!reader) {
		fprintf(stderr, "perf_buffer__new_raw: %s\n", strerror(errno));
		return 2;
	}
	pin_to(sweep.ring.cpu);
	each_size(argc - 4, argv + 4, one_after_the_other, &sweep);
	perf_buffer__free(reader);
	return report(&sweep);
}
WORKLOAD_COMMAND("buffer-data-libbpf", libbpf_reader);
