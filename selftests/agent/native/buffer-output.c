// SPDX-License-Identifier: GPL-2.0-only
/*
 * workload buffer-output OUTPUT RECORD CPU PAGES ROUNDS FROM TO STEP
 *
 * The same data of FROM to TO bytes, by bpf_perf_event_output() to a plain ring and to one with write_in_place, and by
 * reserve and commit to a third one, with write_in_place. All are read by libbpf's perf_buffer, and compared with the
 * plain one byte by byte, headers and padding included. OUTPUT and RECORD are the objects buffer-output and
 * buffer-data. One JSON object on stdout.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../../progs/buffer-pattern.h"
#include "buffer-ring.h"
#include "native.h"

enum { PLAIN, IN_PLACE, RESERVED, RINGS };

/* All that a reader was given. */
struct stream {
	struct perf_buffer *reader;
	unsigned char *bytes;
	size_t used, room;
};

struct comparison {
	struct stream streams[RINGS];
	struct probe output, record;
	uint64_t *source;
	int cpu;
	size_t ring_bytes, unread;
	uint32_t *sizes;		/* of the data of each record */
	size_t records;
	unsigned int wrong;
	char first[160];		/* the first thing that was */
};

#define WRONG(comparison, ...)									\
	do {											\
		if (!(comparison)->wrong++)							\
			snprintf((comparison)->first, sizeof((comparison)->first), __VA_ARGS__); \
	} while (0)

static void *grown(void *memory, size_t bytes)
{
	memory = realloc(memory, bytes);
	if (!memory)
		abort();
	return memory;
}

static enum bpf_perf_event_ret keep(void *cookie, int cpu, struct perf_event_header *header)
{
	struct stream *stream = cookie;

	(void)cpu;
	if (stream->used + header->size > stream->room) {
		stream->room = 2 * (stream->room + header->size);
		stream->bytes = grown(stream->bytes, stream->room);
	}
	memcpy(stream->bytes + stream->used, header, header->size);
	stream->used += header->size;
	return LIBBPF_PERF_EVENT_CONT;
}

static int open_stream(struct stream *stream, int rings, int key, int cpu, size_t pages, bool in_place)
{
	LIBBPF_OPTS(perf_buffer_raw_opts, raw, .cpu_cnt = 1, .cpus = &cpu, .map_keys = &key);
	struct perf_event_attr attr = output_attr();

	if (in_place)
		attr_write_in_place(&attr);
	stream->reader = perf_buffer__new_raw(rings, pages, &attr, keep, stream, &raw);
	if (!stream->reader)
		fprintf(stderr, "perf_buffer__new_raw: %s\n", strerror(errno));
	return stream->reader ? 0 : -1;
}

static void read_all(struct comparison *c)
{
	for (int i = 0; i < RINGS; i++) {
		int error = perf_buffer__consume(c->streams[i].reader);

		if (error)
			WRONG(c, "ring %d: consume says %d", i, error);
	}
	c->unread = 0;
}

static void write_one(struct comparison *c, uint32_t size)
{
	uint64_t args[12] = { size, c->records + 1 };
	int error;

	/* As many as there is room for: the reader finds several, and some across the end of the ring. */
	if (c->unread + record_total(size) >= c->ring_bytes)
		read_all(c);
	for (uint32_t i = 0; i < size / 8; i++)
		c->source[i] = pattern_word(args[1], i);
	for (uint32_t i = 0; i < size % 8; i++)
		((unsigned char *)c->source)[size / 8 * 8 + i] = pattern_byte(args[1], size, i);
	error = probe_fire(c->output.entry, c->cpu, args);
	if (!error)
		error = probe_fire(c->record.entry, c->cpu, args);
	if (error)
		WRONG(c, "size %u: %d", size, error);
	c->sizes = grown(c->sizes, (c->records + 1) * sizeof(*c->sizes));
	c->sizes[c->records++] = size;
	c->unread += record_total(size);
}

static void compare_outputs(struct comparison *c)
{
	const struct stream *plain = &c->streams[PLAIN], *other = &c->streams[IN_PLACE];
	size_t at = 0, both = plain->used < other->used ? plain->used : other->used;

	while (at < both && plain->bytes[at] == other->bytes[at])
		at++;
	if (at < plain->used || at < other->used)
		WRONG(c, "output: %zu and %zu bytes, the first that differs is %zu", plain->used, other->used, at);
}

/*
 * The record in place is the same, but for what is documented: it has at least the size of a LOST record, its padding
 * is zero (that of bpf_perf_event_output() is what the ring held), and it does not say in which mode the CPU was.
 * @return false: there is nothing to go on with
 */
static bool same_record(struct comparison *c, size_t n, const unsigned char *plain, const unsigned char *reserved)
{
	struct perf_event_header one, other;
	uint32_t raw, size = c->sizes[n];

	memcpy(&one, plain, sizeof(one));
	memcpy(&other, reserved, sizeof(other));
	memcpy(&raw, reserved + sizeof(other), sizeof(raw));
	if (one.size != ((size + RECORD_OVERHEAD + 7) & ~7u) || other.size != record_total(size)) {
		WRONG(c, "record %zu of %u bytes: headers say %u and %u", n, size, one.size, other.size);
		return false;
	}
	if (one.type != other.type || one.misc != PERF_RECORD_MISC_KERNEL || other.misc ||
	    raw != other.size - RECORD_OVERHEAD)
		WRONG(c, "record %zu: type %u and %u, misc %u and %u, raw size %u", n, one.type, other.type, one.misc,
		      other.misc, raw);
	if (memcmp(plain + RECORD_OVERHEAD, reserved + RECORD_OVERHEAD, size))
		WRONG(c, "record %zu of %u bytes: other data", n, size);
	for (uint32_t i = RECORD_OVERHEAD + size; i < other.size; i++)
		if (reserved[i])
			WRONG(c, "record %zu of %u bytes: padding is %#x", n, size, reserved[i]);
	return true;
}

static void compare_reserved(struct comparison *c)
{
	const struct stream *plain = &c->streams[PLAIN], *reserved = &c->streams[RESERVED];
	size_t at = 0, there = 0, n;

	for (n = 0; n < c->records; n++) {
		if (at + RECORD_OVERHEAD > plain->used || there + RECORD_OVERHEAD > reserved->used ||
		    !same_record(c, n, plain->bytes + at, reserved->bytes + there))
			break;
		at += (c->sizes[n] + RECORD_OVERHEAD + 7) & ~7u;
		there += record_total(c->sizes[n]);
	}
	if (n < c->records || at != plain->used || there != reserved->used)
		WRONG(c, "record %zu of %zu: at %zu of %zu and %zu of %zu bytes", n, c->records, at, plain->used, there,
		      reserved->used);
}

static int compare(int argc, char **argv)
{
	struct comparison c = { 0 };
	struct stream *streams = c.streams;
	size_t pages;

	if (argc != 9 || probe_load(&c.output, argv[1], "write_output") ||
	    probe_load(&c.record, argv[2], "write_record"))
		return 2;
	c.cpu = number(argv[3]);
	pages = number(argv[4]);
	c.ring_bytes = pages * 4096;
	c.source = probe_map_memory(&c.output, "source", 65536);
	if (!c.source || open_stream(&streams[PLAIN], c.output.rings, 0, c.cpu, pages, false) ||
	    open_stream(&streams[IN_PLACE], c.output.rings, 1, c.cpu, pages, true) ||
	    open_stream(&streams[RESERVED], c.record.rings, c.cpu, c.cpu, pages, true))
		return 2;
	pin_to(c.cpu);
	for (unsigned int round = 0; round < number(argv[5]); round++)
		for (uint32_t size = number(argv[6]); size <= number(argv[7]); size += number(argv[8]))
			write_one(&c, size);
	read_all(&c);
	compare_outputs(&c);
	compare_reserved(&c);
	for (int i = 0; i < RINGS; i++)
		perf_buffer__free(streams[i].reader);
	printf("{\"records\":%zu,\"bytes\":%zu,\"wraps\":%zu,\"wrong\":%u,\"first\":\"%s\"}\n", c.records,
	       streams[PLAIN].used, streams[PLAIN].used / c.ring_bytes, c.wrong, c.first);
	return 0;
}
WORKLOAD_COMMAND("buffer-output", compare);
