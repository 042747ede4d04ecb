// SPDX-License-Identifier: GPL-2.0-only
/*
 * End to end: one thread makes a kprobe fire, another reads the records with libbpf. On one CPU they take turns; with
 * two the reader has its own. A firing's cost is everything from the system call to the reader, divided by the firings.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/perf_event.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"

#define MAX_REPETITIONS 101
#define FIRINGS 4000
/* Steady: all firings fit. Overload: a tenth of them. */
#define STEADY_PAGES 128
#define OVERLOAD_PAGES 8
#define READ_AT_ONCE 400
#define PAGE 4096

struct stream {
	struct bpf_object *object;
	/* One of the two. */
	struct perf_buffer *perf;
	struct ring_buffer *ringbuf;
	uint64_t delivered;
	uint64_t lost;
	uint64_t bytes;
	uint64_t began;
	volatile int fired;
	/* The most firings from one poll of the reader to the next, and the instructions that passed. */
	int behind;
	uint64_t wait;
	volatile bool done;
};

static enum bpf_perf_event_ret perf_record(void *context, int cpu, struct perf_event_header *header)
{
	struct stream *stream = context;

	(void)cpu;
	if (header->type == PERF_RECORD_SAMPLE) {
		stream->delivered++;
		stream->bytes += header->size;
	} else if (header->type == PERF_RECORD_LOST) {
		/* Behind the id. */
		stream->lost += ((uint64_t *)(header + 1))[1];
	}
	return LIBBPF_PERF_EVENT_CONT;
}

static int ringbuf_sample(void *context, void *data, size_t size)
{
	struct stream *stream = context;

	(void)data;
	stream->delivered++;
	stream->bytes += size + BPF_RINGBUF_HDR_SZ;
	return 0;
}

/* All there is, at the end or to measure the reader alone. */
static int consume(struct stream *stream)
{
	return stream->perf ? perf_buffer__consume(stream->perf) : ring_buffer__consume(stream->ringbuf);
}

static void interrupt(int number)
{
	(void)number;
}

static void *read_records(void *context)
{
	struct stream *stream = context;
	uint64_t time = stream->began;
	int fired = 0;

	pin_to_cpu(cpus_online() - 1);
	while (!stream->done) {
		if (stream->perf)
			perf_buffer__poll(stream->perf, 10);
		else
			ring_buffer__poll(stream->ringbuf, 10);
		if (stream->fired - fired > stream->behind) {
			stream->behind = stream->fired - fired;
			stream->wait = clock_now() - time;
		}
		time = clock_now();
		fired = stream->fired;
	}
	consume(stream);
	return NULL;
}

static void fire(struct stream *stream, int times)
{
	for (stream->fired = 0; stream->fired < times; stream->fired++)
		syscall(SYS_getpgid, 0);
}

static void open_reader(struct stream *stream, bool ringbuf, int pages)
{
	if (ringbuf) {
		stream->ringbuf = ring_buffer__new(map_fd(stream->object, "ringbuf"), ringbuf_sample, stream, NULL);
		if (!stream->ringbuf)
			die("ring_buffer__new");
	} else {
		/* libbpf's default: a wake-up per record. */
		struct perf_event_attr attr = {
			.type = PERF_TYPE_SOFTWARE,
			.size = sizeof(attr),
			.config = PERF_COUNT_SW_BPF_OUTPUT,
			.sample_period = 1,
			.sample_type = PERF_SAMPLE_RAW,
			.wakeup_events = 1,
		};
		int map = map_fd(stream->object, "perf_ring");

		attr_write_in_place(&attr, true);
		stream->perf = perf_buffer__new_raw(map, pages, &attr, perf_record, stream, NULL);
		if (!stream->perf && errno == EINVAL) {
			attr_write_in_place(&attr, false);
			stream->perf = perf_buffer__new_raw(map, pages, &attr, perf_record, stream, NULL);
		}
		if (!stream->perf)
			die("perf_buffer__new_raw");
	}
}

static void close_reader(struct stream *stream)
{
	perf_buffer__free(stream->perf);
	ring_buffer__free(stream->ringbuf);
	stream->perf = NULL;
	stream->ringbuf = NULL;
}

/* The reader's own part: a ring with a known number of records, emptied once. */
static uint64_t reader_cost(struct stream *stream)
{
	uint64_t begin;

	fire(stream, READ_AT_ONCE);
	begin = clock_now();
	consume(stream);
	return (clock_now() - begin) / READ_AT_ONCE;
}

/* For how long the scheduler lets a task run: nanoseconds, which are instructions. 0: the kernel does not tell. */
static uint64_t slice(void)
{
	FILE *file = fopen("/sys/kernel/debug/sched/base_slice_ns", "r");
	unsigned long long found = 0;

	if (file) {
		if (fscanf(file, "%llu", &found) != 1)
			found = 0;
		fclose(file);
	}
	return found;
}

static void measure(struct stream *stream, const char *program, const char *load, int pages, int repetitions)
{
	uint64_t elapsed[MAX_REPETITIONS], reader, fired;

	reader = reader_cost(stream);
	stream->delivered = stream->lost = stream->bytes = 0;
	for (int at = 0; at < repetitions; at++) {
		pthread_t thread;

		stream->fired = 0;
		stream->done = false;
		stream->began = batch_begin();
		if (pthread_create(&thread, NULL, read_records, stream))
			die("pthread_create");
		fire(stream, FIRINGS);
		stream->done = true;
		/* A reader that sleeps until its poll times out would add idle time, which is no instructions. */
		pthread_kill(thread, SIGUSR1);
		pthread_join(thread, NULL);
		elapsed[at] = batch_end(stream->began);
		/* perf tells of losses in front of the next record: one more, which is not in the time. */
		fire(stream, 1);
		consume(stream);
	}
	fired = (uint64_t)(FIRINGS + 1) * repetitions;
	line_begin("stream", load);
	line_string("source", program + strlen("stream_"));
	line_number("batch", FIRINGS);
	/* Nothing may be lost uncounted; a BPF ring buffer does not count, its drops are what is missing. */
	if (stream->ringbuf)
		stream->lost = fired - stream->delivered;
	line_number("failed", fired - stream->delivered - stream->lost);
	line_number("fired", fired);
	line_number("delivered", stream->delivered);
	line_number("lost", stream->lost);
	line_number("reader", reader);
	line_number("behind", stream->behind);
	line_number("wait", stream->wait);
	line_number("slice", slice());
	line_number("ring", (uint64_t)pages * PAGE);
	line_number("bytes", stream->delivered ? stream->bytes * FIRINGS / stream->delivered : 0);
	line_array("elapsed", elapsed, repetitions);
	line_end();
}

/* A record's way with a ring that holds every firing, and with one that holds only a tenth. */
static void run_way(const char *directory, const char *name, const char *way, int repetitions)
{
	static const struct {
		const char *label;
		int pages;
	} loads[] = { { "steady", STEADY_PAGES }, { "overload", OVERLOAD_PAGES } };

	for (int load = 0; load < 2; load++) {
		struct stream stream = { .object = object_open(directory, name) };
		struct bpf_program *program, *action;
		struct bpf_link *link;
		bool ringbuf = !strcmp(way, "stream_ringbuf");

		if (!stream.object)
			return;
		if (ringbuf)
			bpf_map__set_max_entries(bpf_object__find_map_by_name(stream.object, "ringbuf"),
						 loads[load].pages * PAGE);
		object_load(stream.object, name);
		action = bpf_object__find_program_by_name(stream.object, "cross_action");
		if (action) {
			int fd = bpf_program__fd(action);

			set_entry(map_fd(stream.object, "cross"), 0, &fd);
		}
		open_reader(&stream, ringbuf, loads[load].pages);
		program = bpf_object__find_program_by_name(stream.object, way);
		link = bpf_program__attach(program);
		if (!link)
			die("attach %s", way);
		measure(&stream, way, loads[load].label, loads[load].pages, repetitions);
		bpf_link__destroy(link);
		close_reader(&stream);
		bpf_object__close(stream.object);
	}
}

void run_stream(const char *directory, int repetitions)
{
	signal(SIGUSR1, interrupt);
	run_way(directory, "stream-dtrace", "stream_dtrace", repetitions);
	run_way(directory, "stream", "stream_perf", repetitions);
	run_way(directory, "stream", "stream_ringbuf", repetitions);
	run_stream_tool(directory, repetitions);
}
