// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs for a profile, one after the other, each as often as there are batches: BENCH_PROFILES is a list of
 * OBJECT/PROGRAM/WAKE, and WAKE is `record` for a wake-up of each record, else `watermark`.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

static void run(const char *directory, const char *name, const char *wanted, bool each, int repetitions)
{
	struct bpf_object *object = object_open(directory, name);
	struct bpf_program *program;
	struct perf_ring ring;
	struct bpf_ring ringbuf = { 0 };
	uint64_t input[33] = { each ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP };
	static char zeros[65536];
	uint32_t fd;

	if (!object)
		die("no object %s", name);
	object_load(object, name);
	fd = perf_ring_open(&ring, 0, RING_BYTES, each ? WAKE_RECORD : WAKE_WATERMARK);
	set_entry(map_fd(object, "perf_ring"), 0, &fd);
	set_entry(map_fd(object, ".data.in"), 0, input);
	if (map_fd(object, "hash_scratch") >= 0)
		set_entry(map_fd(object, "hash_scratch"), 0, zeros);
	if (map_fd(object, "ringbuf") >= 0)
		bpf_ring_open(&ringbuf, map_fd(object, "ringbuf"), RING_BYTES);
	program = bpf_object__find_program_by_name(object, wanted);
	if (!program)
		die("no program %s", wanted);
	for (int at = 0; at < repetitions; at++) {
		if (test_run(bpf_program__fd(program)))
			die("test run of %s", wanted);
		perf_ring_drain(&ring);
		if (ringbuf.consumer)
			bpf_ring_drain(&ringbuf);
	}
	if (ringbuf.consumer)
		bpf_ring_close(&ringbuf);
	perf_ring_close(&ring);
	bpf_object__close(object);
}

void run_profile(const char *directory, int repetitions)
{
	char *list = getenv("BENCH_PROFILES"), *rest = NULL;

	for (char *word = strtok_r(list ? strdup(list) : NULL, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		char *parts = NULL, *object = strtok_r(word, "/", &parts), *program = strtok_r(NULL, "/", &parts);
		char *wake = strtok_r(NULL, "/", &parts);

		run(directory, object, program ? program : "", wake && !strcmp(wake, "record"), repetitions);
		line_begin("profile", program ? program : "");
		line_number("batches", repetitions);
		line_end();
	}
}
