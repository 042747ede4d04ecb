// SPDX-License-Identifier: GPL-2.0-only
/*
 * End to end: one thread makes a kprobe fire, another reads the records with libbpf. On one CPU they take turns; with
 * two the reader has its own. A firing's cost is everything from the system call to the reader, divided by the firings.
 *
 * On one CPU the scheduler decides how often the reader has a turn. Two more loads are there to tell: with a reader of
 * SCHED_BATCH, which waits until the writer's time is over, and with a writer that takes PADDING instructions more.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/perf_event.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define MAX_REPETITIONS 101
/*
 * Steady: all that is fired until the reader has a turn fits, and a batch is many turns of the scheduler. One of 4000
 * firings is six or seven, and batches differ by hundreds of instructions a firing. Overload: a tenth of a batch fits.
 */
#define STEADY 128, 40000
#define OVERLOAD 8, 4000
/*
 * At most, where the reader has a CPU for itself: emulated CPUs take turns, and the reader's may have none before the
 * writer is done. So all of it has to fit.
 */
#define FIRINGS_APART 4000
#define PADDING 50
#define READ_AT_ONCE 400
#define PAGE 4096

struct load {
	const char *label;
	int pages;
	int firings;
	/* Of the reader. */
	int policy;
	int padding;
	/* They tell nothing where the reader has a CPU for itself. */
	bool one_cpu;
};

static const struct load loads[] = {
	{ "steady", STEADY, SCHED_OTHER, 0, false },
	{ "steady batch", STEADY, SCHED_BATCH, 0, true },
	{ "steady padded", STEADY, SCHED_OTHER, PADDING, true },
	{ "overload", OVERLOAD, SCHED_OTHER, 0, false },
};

struct stream {
	const struct load *load;
	/* In a batch. */
	int firings;
	struct bpf_object *object;
	/* One of the two. */
	struct perf_buffer *perf;
	struct ring_buffer *ringbuf;
	uint64_t delivered;
	uint64_t lost;
	uint64_t bytes;
	/* Polls that found records, and those of them that found one; instructions of the two threads. */
	uint64_t turns;
	uint64_t single;
	uint64_t reading;
	uint64_t writing;
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

/* The calling thread's. */
static uint64_t time_of_thread(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

static void *read_records(void *context)
{
	struct stream *stream = context;
	struct sched_param parameter = { 0 };
	uint64_t time = stream->began;
	int fired = 0;

	pin_to_cpu(cpus_online() - 1);
	if (sched_setscheduler(0, stream->load->policy, &parameter))
		die("sched_setscheduler");
	while (!stream->done) {
		uint64_t delivered = stream->delivered;

		if (stream->perf)
			perf_buffer__poll(stream->perf, 10);
		else
			ring_buffer__poll(stream->ringbuf, 10);
		stream->turns += stream->delivered != delivered;
		stream->single += stream->delivered == delivered + 1;
		if (stream->fired - fired > stream->behind) {
			stream->behind = stream->fired - fired;
			stream->wait = clock_now() - time;
		}
		time = clock_now();
		fired = stream->fired;
	}
	consume(stream);
	stream->reading += time_of_thread();
	return NULL;
}

/* A loop of its own for no padding: a test in each firing would be in every figure. */
static void fire(struct stream *stream, int times)
{
	int padding = stream->load->padding / 2;

	stream->fired = 0;
	for (; !padding && stream->fired < times; stream->fired++)
		syscall(SYS_getpgid, 0);
	for (; stream->fired < times; stream->fired++) {
		int left = padding;

		syscall(SYS_getpgid, 0);
		/* Two instructions each time. */
		asm volatile("1: dec %0\n\tjnz 1b" : "+r"(left) : : "cc");
	}
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

static void measure(struct stream *stream, const char *program, int repetitions)
{
	const struct load *load = stream->load;
	uint64_t elapsed[MAX_REPETITIONS], reader, fired;

	reader = reader_cost(stream);
	stream->delivered = stream->lost = stream->bytes = 0;
	for (int at = 0; at < repetitions; at++) {
		pthread_t thread;

		stream->fired = 0;
		stream->done = false;
		stream->writing -= time_of_thread();
		stream->began = batch_begin();
		if (pthread_create(&thread, NULL, read_records, stream))
			die("pthread_create");
		fire(stream, stream->firings);
		stream->done = true;
		/* A reader that sleeps until its poll times out would add idle time, which is no instructions. */
		pthread_kill(thread, SIGUSR1);
		pthread_join(thread, NULL);
		elapsed[at] = batch_end(stream->began);
		stream->writing += time_of_thread();
		/* perf tells of losses in front of the next record: one more, which is not in the time. */
		fire(stream, 1);
		consume(stream);
	}
	fired = (uint64_t)(stream->firings + 1) * repetitions;
	line_begin("stream", load->label);
	line_string("source", program + strlen("stream_"));
	line_number("batch", stream->firings);
	/* Nothing may be lost uncounted; a BPF ring buffer does not count, its drops are what is missing. */
	if (stream->ringbuf)
		stream->lost = fired - stream->delivered;
	line_number("failed", fired - stream->delivered - stream->lost);
	line_number("fired", fired);
	line_number("delivered", stream->delivered);
	line_number("lost", stream->lost);
	line_number("reader", reader);
	line_number("padding", load->padding);
	line_number("turns", stream->turns);
	line_number("single", stream->single);
	line_number("reading", stream->reading);
	line_number("writing", stream->writing);
	line_number("behind", stream->behind);
	line_number("wait", stream->wait);
	line_number("slice", slice());
	line_number("ring", (uint64_t)load->pages * PAGE);
	line_number("bytes", stream->delivered ? stream->bytes * stream->firings / stream->delivered : 0);
	line_array("elapsed", elapsed, repetitions);
	line_end();
}

/* A record's way under each load. */
static void run_way(const char *directory, const char *name, const char *way, int repetitions)
{
	for (size_t at = 0; at < sizeof(loads) / sizeof(*loads); at++) {
		struct stream stream = { .load = &loads[at], .firings = loads[at].firings };
		struct bpf_program *program, *action;
		struct bpf_link *link;
		bool ringbuf = !strcmp(way, "stream_ringbuf");

		if (cpus_online() > 1) {
			if (stream.load->one_cpu)
				continue;
			if (stream.firings > FIRINGS_APART)
				stream.firings = FIRINGS_APART;
		}
		stream.object = object_open(directory, name);
		if (!stream.object)
			return;
		if (ringbuf)
			bpf_map__set_max_entries(bpf_object__find_map_by_name(stream.object, "ringbuf"),
						 stream.load->pages * PAGE);
		object_load(stream.object, name);
		action = bpf_object__find_program_by_name(stream.object, "cross_action");
		if (action) {
			int fd = bpf_program__fd(action);

			set_entry(map_fd(stream.object, "cross"), 0, &fd);
		}
		open_reader(&stream, ringbuf, stream.load->pages);
		program = bpf_object__find_program_by_name(stream.object, way);
		link = bpf_program__attach(program);
		if (!link)
			die("attach %s", way);
		measure(&stream, way, repetitions);
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
