// SPDX-License-Identifier: GPL-2.0-only
/* Emit a record: every program of an object is a variant, every variant runs its batch a number of times. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"

#define MAX_REPETITIONS 101
#define MAX_VALUE 65536
/* As in bench.bpf.h, but for records above 8 KiB. */
#define BATCH 64

#define TEXT_MAX 256

/* .data.in of bench.bpf.h. */
struct input {
	uint64_t ringbuf_flags;
	char text[TEXT_MAX];
};

/* 1368 and 2736: where a record that must not cross a page wastes a third of it; 2056: half. */
static const int sizes[] = { 8, 16, 48, 64, 128, 256, 512, 1024, 1368, 2048, 2056, 2736, 4096, 8192, 32768 };
/* Lengths of strings, the terminating NUL included. */
static const int lengths[] = { 8, 32, 128, 256 };

struct batch {
	uint64_t elapsed;
	uint64_t failed;
};

struct bench {
	struct bpf_object *object;
	const char *section;
	int size;
	int fill;
	int repetitions;
	/* Firings between two drains, and records a firing. */
	int shots;
	int records;
	int out;
	struct perf_ring perf;
	struct bpf_ring ringbuf;
	bool has_ringbuf;
};

static bool is_ringbuf(const char *variant)
{
	return !strncmp(variant, "ringbuf", 7);
}

/* A kprobe program runs when its function is called; the others through BPF_PROG_TEST_RUN. */
static void trigger(struct bpf_program *program)
{
	if (bpf_program__type(program) == BPF_PROG_TYPE_KPROBE)
		syscall(SYS_getpgid, 0);
	else if (test_run(bpf_program__fd(program)))
		die("test run of %s", bpf_program__name(program));
}

/* What a run of the program took, and what it left in its ring. */
static void run_once(struct bench *bench, struct bpf_program *program, struct batch *sum, struct drained *found)
{
	bool ringbuf = is_ringbuf(bpf_program__name(program));
	struct batch batch = { 0 };
	struct drained drained;
	uint32_t zero = 0;

	set_entry(bench->out, 0, &batch);
	trigger(program);
	if (bpf_map_lookup_elem(bench->out, &zero, &batch))
		die("read the result of %s", bpf_program__name(program));
	drained = ringbuf ? bpf_ring_drain(&bench->ringbuf) : perf_ring_drain(&bench->perf);
	sum->elapsed += batch.elapsed;
	sum->failed += batch.failed + drained.lost;
	found->records += drained.records;
	found->bytes += drained.bytes;
}

static void measure(struct bench *bench, struct bpf_program *program, const char *wake)
{
	const char *variant = bpf_program__name(program);
	uint64_t elapsed[MAX_REPETITIONS];
	uint64_t failed = 0, bytes = 0, records = 0;
	struct bpf_link *link = NULL;

	if (bpf_program__type(program) == BPF_PROG_TYPE_KPROBE) {
		link = bpf_program__attach(program);
		if (!link)
			die("attach %s", variant);
	}
	/* One batch to warm up: page faults of the ring, static calls, the first wake-up. */
	for (int at = -1; at < bench->repetitions; at++) {
		struct batch sum = { 0 };
		struct drained found = { 0 };

		for (int shot = 0; shot < bench->shots; shot++)
			run_once(bench, program, &sum, &found);
		failed += sum.failed;
		records = found.records;
		if (at < 0)
			continue;
		elapsed[at] = sum.elapsed;
		bytes += found.bytes;
	}
	bpf_link__destroy(link);
	line_begin(bench->section, variant);
	line_number("size", bench->size);
	line_number("fill", bench->fill);
	line_string("wake", wake);
	line_number("batch", bench->shots * bench->records);
	line_number("failed", failed);
	line_number("records", records);
	/* Of an average batch: what a page rule wastes depends on where in the page a batch begins. */
	line_number("bytes", bytes / bench->repetitions);
	line_array("elapsed", elapsed, bench->repetitions);
	line_end();
}

static void measure_all(struct bench *bench, enum wake wake, const char *label)
{
	int ring_map = map_fd(bench->object, "perf_ring"), in = map_fd(bench->object, ".data.in");
	struct input input = { .ringbuf_flags = wake == WAKE_RECORD ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP };
	struct bpf_program *program;
	uint32_t fd;

	fd = perf_ring_open(&bench->perf, 0, RING_BYTES, wake);
	set_entry(ring_map, 0, &fd);
	if (!strcmp(bench->section, "strings"))
		memset(input.text, 'x', bench->size - 1);
	set_entry(in, 0, &input);
	bpf_object__for_each_program(program, bench->object)
		measure(bench, program, label);
	perf_ring_close(&bench->perf);
}

static void run_object(const char *directory, const char *name, struct bench bench)
{
	static char zeros[MAX_VALUE];

	bench.object = object_open(directory, name);
	if (!bench.object)
		return;
	object_load(bench.object, name);
	bench.out = map_fd(bench.object, ".data.out");
	if (map_fd(bench.object, "hash_scratch") >= 0)
		set_entry(map_fd(bench.object, "hash_scratch"), 0, zeros);
	if (map_fd(bench.object, "ringbuf") >= 0) {
		bpf_ring_open(&bench.ringbuf, map_fd(bench.object, "ringbuf"), RING_BYTES);
		bench.has_ringbuf = true;
	}
	if (bench.records > 1) {
		measure_all(&bench, WAKE_WATERMARK, "watermark");
		measure_all(&bench, WAKE_RECORD, "record");
	} else {
		measure_all(&bench, WAKE_RECORD, "polled");
	}
	if (bench.has_ringbuf)
		bpf_ring_close(&bench.ringbuf);
	bpf_object__close(bench.object);
}

void run_emit(const char *directory, int repetitions)
{
	static const char *const objects[] = { "emit", "emit-dtrace" };
	char name[64];

	for (size_t at = 0; at < sizeof(sizes) / sizeof(*sizes); at++) {
		for (int fill = 0; fill < 2; fill++) {
			for (int object = 0; object < 2; object++) {
				struct bench bench = {
					.section = "emit", .size = sizes[at], .fill = fill, .repetitions = repetitions,
					.shots = 1, .records = sizes[at] > 8192 ? 16 : BATCH,
				};

				snprintf(name, sizeof(name), "%s-%d-%d", objects[object], sizes[at], fill);
				run_object(directory, name, bench);
			}
		}
	}
	/* A record a firing: the reader asks and reads in between, so that each record has to wake it. */
	for (int object = 0; object < 2; object++) {
		struct bench bench = {
			.section = "emit", .size = 48, .repetitions = repetitions, .shots = BATCH, .records = 1,
		};

		snprintf(name, sizeof(name), "%s-48-0-one", objects[object]);
		run_object(directory, name, bench);
	}
}

void run_strings(const char *directory, int repetitions)
{
	for (size_t at = 0; at < sizeof(lengths) / sizeof(*lengths); at++) {
		struct bench bench = {
			.section = "strings", .size = lengths[at], .fill = 1,
			.repetitions = repetitions, .shots = 1, .records = BATCH,
		};

		run_object(directory, "strings", bench);
		run_object(directory, "strings-dtrace", bench);
	}
}
