// SPDX-License-Identifier: GPL-2.0-only
/* One program over and over, for a profile of it: BENCH_OBJECT names the object, BENCH_PROGRAM the program. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/syscall.h>

#include "bench.h"

void run_profile(const char *directory, int repetitions)
{
	const char *name = getenv("BENCH_OBJECT"), *wanted = getenv("BENCH_PROGRAM");
	struct bpf_object *object = object_open(directory, name);
	struct bpf_program *program;
	struct perf_ring ring;
	uint64_t input[33] = { BPF_RB_NO_WAKEUP };
	char zeros[65536] = { 0 };
	uint32_t fd;

	if (!object)
		die("no object %s", name);
	object_load(object, name);
	fd = perf_ring_open(&ring, 0, RING_BYTES, WAKE_WATERMARK);
	set_entry(map_fd(object, "perf_ring"), 0, &fd);
	set_entry(map_fd(object, ".data.in"), 0, input);
	if (map_fd(object, "hash_scratch") >= 0)
		set_entry(map_fd(object, "hash_scratch"), 0, zeros);
	program = bpf_object__find_program_by_name(object, wanted);
	if (!program)
		die("no program %s", wanted);
	for (int at = 0; at < repetitions; at++) {
		if (test_run(bpf_program__fd(program)))
			die("test run of %s", wanted);
		perf_ring_drain(&ring);
	}
	line_begin("profile", wanted);
	line_number("batches", repetitions);
	line_end();
	bpf_object__close(object);
}
