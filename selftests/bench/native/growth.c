// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a cost does when something grows: slots of a prog array, open rings, nested probes; CPUs where there are
 * several. `source` names the dimension, `size` is its value; `baseline` lines are what has to be subtracted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sources.h"

#define MAX_REPETITIONS 101
#define BATCH 50
#define EMIT_BATCH 64
#define MAX_RINGS 64
#define MAX_DEPTH 8

static const int slot_counts[] = { 1, 10, 100, 1000, 10000, 100000 };
static const int ring_counts[] = { 1, 2, 4, 8, 16, 32, 64 };
#define COUNT(list) (int)(sizeof(list) / sizeof(*(list)))

void growth_line(const char *variant, const char *dimension, int value, int batch, uint64_t failed,
		 const uint64_t *elapsed, int repetitions)
{
	line_begin("growth", variant);
	line_string("source", dimension);
	line_number("size", value);
	line_number("batch", batch);
	line_number("failed", failed);
	line_array("elapsed", elapsed, repetitions);
	line_end();
}

/* Two words a program leaves in .data.out: begin and end of a firing, or elapsed and failed of a batch. */
struct out {
	uint64_t first;
	uint64_t second;
};

static struct out read_out(int fd)
{
	struct out out;
	uint32_t zero = 0;

	if (bpf_map_lookup_elem(fd, &zero, &out))
		die("read .data.out");
	return out;
}

static void slots_call(struct bpf_object *object, const char *program, const char *variant, int slots, int repetitions)
{
	struct bpf_program *caller = bpf_object__find_program_by_name(object, program);
	int out_fd = map_fd(object, ".data.out");
	uint64_t elapsed[MAX_REPETITIONS];
	struct bpf_link *link;

	if (!caller)
		return;
	link = source_attach(caller);
	for (int at = -1; at < repetitions; at++) {
		uint64_t sum = 0;

		for (int shot = 0; shot < BATCH; shot++) {
			struct out out;

			sources[0].fire();
			out = read_out(out_fd);
			sum += out.second - out.first;
		}
		if (at >= 0)
			elapsed[at] = sum;
	}
	bpf_link__destroy(link);
	growth_line(variant, "array slots", slots, BATCH, 0, elapsed, repetitions);
}

/* The callee sits in the last slot, and is reached by variable index. */
static void slots_object(const char *directory, const char *name, int slots, int repetitions)
{
	static const char *const arrays[] = { "kprobe_same", "cross" };
	static const char *const callees[] = { "kprobe_arrive", "cross_arrive" };
	struct bpf_object *object = object_open(directory, name);
	struct bpf_program *program;
	uint32_t input[] = { slots - 1, 0 };

	if (!object)
		return;
	bpf_object__for_each_program(program, object) {
		const char *each = bpf_program__name(program);

		bpf_program__set_autoload(program, !strncmp(each, "kprobe_", 7) || !strcmp(each, "cross_arrive"));
	}
	for (int at = 0; at < 2; at++) {
		struct bpf_map *map = bpf_object__find_map_by_name(object, arrays[at]);

		if (map)
			bpf_map__set_max_entries(map, slots);
	}
	object_load(object, name);
	set_entry(map_fd(object, ".data.in"), 0, input);
	for (int at = 0; at < 2; at++) {
		struct bpf_program *callee = bpf_object__find_program_by_name(object, callees[at]);
		int fd = callee ? bpf_program__fd(callee) : -1;

		if (fd >= 0)
			set_entry(map_fd(object, arrays[at]), slots - 1, &fd);
	}
	slots_call(object, "kprobe_direct", "baseline", slots, repetitions);
	slots_call(object, "kprobe_same_var", "same_var", slots, repetitions);
	slots_call(object, "kprobe_cross_var", "cross_var", slots, repetitions);
	bpf_object__close(object);
}

static void emit_batches(struct bpf_object *object, const char *program, const char *variant, int rings,
			 struct perf_ring *ring, int repetitions)
{
	struct bpf_program *emitter = bpf_object__find_program_by_name(object, program);
	int out_fd = map_fd(object, ".data.out");
	uint64_t elapsed[MAX_REPETITIONS], failed = 0;

	if (!emitter)
		return;
	for (int at = -1; at < repetitions; at++) {
		struct drained found;

		if (test_run(bpf_program__fd(emitter)))
			die("test run of %s", program);
		found = perf_ring_drain(ring);
		if (strcmp(program, "loop_only") && found.records != EMIT_BATCH)
			failed++;
		if (at >= 0)
			elapsed[at] = read_out(out_fd).first;
	}
	growth_line(variant, "open rings", rings, EMIT_BATCH, failed, elapsed, repetitions);
}

/* As many rings as a map can have tenants: all mapped, one written. */
static void rings_object(const char *directory, const char *name, const char *const *programs, int rings,
			 int repetitions)
{
	struct bpf_object *object = object_open(directory, name);
	static struct perf_ring open[MAX_RINGS];
	int ring_map;

	if (!object)
		return;
	bpf_map__set_max_entries(bpf_object__find_map_by_name(object, "perf_ring"), rings);
	object_load(object, name);
	ring_map = map_fd(object, "perf_ring");
	for (int at = 0; at < rings; at++) {
		uint32_t fd = perf_ring_open(&open[at], 0, 1u << 18, WAKE_WATERMARK);

		set_entry(ring_map, at, &fd);
	}
	for (; *programs; programs++)
		emit_batches(object, *programs, !strcmp(*programs, "loop_only") ? "baseline" : *programs, rings,
			     &open[0], repetitions);
	for (int at = 0; at < rings; at++)
		perf_ring_close(&open[at]);
	bpf_object__close(object);
}

/* A whole chain of nested programs; the chain of depth 0 is the page fault that starts it. */
static void run_depth(const char *directory, int repetitions)
{
	struct bpf_object *object = object_open(directory, "growth-depth");
	struct bpf_link *links[MAX_DEPTH + 1];
	struct bpf_program *program;
	struct perf_ring ring;
	int attached = 0, slot = 0, in, out;
	uint32_t fd;

	if (!object)
		return;
	object_load(object, "growth-depth");
	fd = perf_ring_open(&ring, 0, 1u << 18, WAKE_WATERMARK);
	set_entry(map_fd(object, "perf_ring"), 0, &fd);
	in = map_fd(object, ".data.in");
	out = map_fd(object, ".data.out");
	bpf_object__for_each_program(program, object) {
		int program_fd = bpf_program__fd(program);

		if (!strncmp(bpf_program__name(program), "level_", 6))
			set_entry(map_fd(object, "cross"), slot++, &program_fd);
		else
			links[attached++] = source_attach(program);
	}
	for (uint32_t depth = 0; depth <= MAX_DEPTH; depth++) {
		uint64_t elapsed[MAX_REPETITIONS], failed = 0;

		for (int at = -1; at < repetitions; at++) {
			uint32_t input[] = { depth, 99 };
			struct out zero = { 0 }, found;

			set_entry(in, 0, input);
			set_entry(out, 0, &zero);
			sources[0].fire();
			found = read_out(out);
			failed += found.second + (perf_ring_drain(&ring).records != depth);
			if (at >= 0)
				elapsed[at] = found.first;
		}
		growth_line(depth ? "chain" : "no_program", "nesting depth", depth ? (int)depth : 1,
			    depth ? (int)depth : 1, failed, elapsed, repetitions);
	}
	while (attached)
		bpf_link__destroy(links[--attached]);
	perf_ring_close(&ring);
	bpf_object__close(object);
}

void run_growth(const char *directory, int repetitions)
{
	static const char *const old_ways[] = { "loop_only", "perf_percpu", NULL };
	static const char *const new_ways[] = { "dtrace_reserve", NULL };
	struct bpf_object *cross = object_open(directory, "reach-cross");

	if (cpus_online() > 1) {
		run_growth_cpus(directory, repetitions);
		return;
	}
	for (int at = 0; at < COUNT(slot_counts); at++)
		slots_object(directory, cross ? "reach-cross" : "reach", slot_counts[at], repetitions);
	for (int at = 0; at < COUNT(ring_counts); at++) {
		rings_object(directory, "emit-48-0", old_ways, ring_counts[at], repetitions);
		rings_object(directory, "emit-dtrace-48-0", new_ways, ring_counts[at], repetitions);
	}
	run_depth(directory, repetitions);
}
