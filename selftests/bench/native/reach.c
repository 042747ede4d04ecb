// SPDX-License-Identifier: GPL-2.0-only
/* Reach the action: fire each caller, read the two clock readings back, sum them over a batch. */
#include <stdio.h>
#include <string.h>

#include "sources.h"

#define MAX_REPETITIONS 101
#define BATCH 50

static const char *const ways[] = {
	"direct", "bpf2bpf", "global", "same_const", "same_var", "same_empty", "cross_const", "cross_var",
	"cross_empty",
};

struct firing {
	uint64_t begin;
	uint64_t end;
};

static void program_sizes(int fd)
{
	struct bpf_prog_info info = { 0 };
	uint32_t length = sizeof(info);

	if (bpf_prog_get_info_by_fd(fd, &info, &length))
		die("program info");
	line_number("xlated", info.xlated_prog_len);
	line_number("jited", info.jited_prog_len);
}

static void measure(const struct source *source, struct bpf_program *program, const char *way, int out, int repetitions)
{
	struct bpf_link *link = source_attach(program);
	uint64_t elapsed[MAX_REPETITIONS];
	uint64_t failed = 0;
	uint32_t zero = 0;

	for (int at = -1; at < repetitions; at++) {
		uint64_t sum = 0;

		for (int shot = 0; shot < BATCH; shot++) {
			struct firing firing = { 0 };

			set_entry(out, 0, &firing);
			source->fire();
			if (bpf_map_lookup_elem(out, &zero, &firing))
				die("read the result of %s", way);
			if (!firing.begin || firing.end < firing.begin)
				failed++;
			else
				sum += firing.end - firing.begin;
		}
		if (at >= 0)
			elapsed[at] = sum;
	}
	bpf_link__destroy(link);
	line_begin("reach", way);
	line_string("source", source->tag);
	line_number("batch", BATCH);
	line_number("failed", failed);
	program_sizes(bpf_program__fd(program));
	line_array("elapsed", elapsed, repetitions);
	line_end();
}

static struct bpf_program *find(struct bpf_object *object, const char *tag, const char *way)
{
	char name[64];

	snprintf(name, sizeof(name), "%s_%s", tag, way);
	return bpf_object__find_program_by_name(object, name);
}

/* The callee of every array goes to slot 0; arrays and callees that an object does not have are left out. */
static void fill_array(struct bpf_object *object, const char *array, struct bpf_program *callee)
{
	int array_fd = map_fd(object, array), callee_fd = callee ? bpf_program__fd(callee) : -1;

	if (array_fd >= 0 && callee_fd >= 0)
		set_entry(array_fd, 0, &callee_fd);
}

static void replace_global(const char *directory, struct bpf_object *object, const struct source *source, int out,
			   int repetitions)
{
	struct bpf_object *replacement = object_open(directory, "reach-freplace");
	struct bpf_program *caller = find(object, source->tag, "global"), *each;
	char target[64];
	struct bpf_link *link;

	if (!replacement)
		return;
	snprintf(target, sizeof(target), "%s_global_action", source->tag);
	bpf_object__for_each_program(each, replacement)
		bpf_program__set_autoload(each, each == find(replacement, source->tag, "freplace"));
	each = find(replacement, source->tag, "freplace");
	bpf_map__reuse_fd(bpf_object__find_map_by_name(replacement, ".data.out"), out);
	bpf_program__set_attach_target(each, bpf_program__fd(caller), target);
	object_load(replacement, "reach-freplace");
	link = bpf_program__attach_freplace(each, 0, NULL);
	if (!link)
		die("attach freplace to %s", target);
	measure(source, caller, "freplace", out, repetitions);
	bpf_link__destroy(link);
	bpf_object__close(replacement);
}

static void run_object(const char *directory, const char *name, int repetitions)
{
	struct bpf_object *object = object_open(directory, name);
	uint32_t slots[] = { 0, 1 };
	int out;

	if (!object)
		return;
	object_load(object, name);
	out = map_fd(object, ".data.out");
	set_entry(map_fd(object, ".data.in"), 0, slots);
	fill_array(object, "cross", bpf_object__find_program_by_name(object, "cross_arrive"));
	for (int at = 0; at < source_count; at++) {
		char array[64];

		snprintf(array, sizeof(array), "%s_same", sources[at].tag);
		fill_array(object, array, find(object, sources[at].tag, "arrive"));
		for (size_t way = 0; way < sizeof(ways) / sizeof(*ways); way++) {
			struct bpf_program *program = find(object, sources[at].tag, ways[way]);

			if (program)
				measure(&sources[at], program, ways[way], out, repetitions);
		}
		replace_global(directory, object, &sources[at], out, repetitions);
	}
	bpf_object__close(object);
}

/* reach-cross is reach.bpf.c with the cross-type calls, and replaces it where the kernel has them. */
void run_reach(const char *directory, int repetitions)
{
	struct bpf_object *probe = object_open(directory, "reach-cross");

	if (probe)
		bpf_object__close(probe);
	run_object(directory, probe ? "reach-cross" : "reach", repetitions);
}

#define IDLE_BATCH 200

static void fire(const struct source *source)
{
	for (int shot = 0; shot < IDLE_BATCH; shot++)
		source->fire();
}

/* A whole firing, seen from user space, of programs that do nothing. */
void run_idle(const char *directory, int repetitions)
{
	struct bpf_object *object = object_open(directory, "idle");
	uint64_t elapsed[MAX_REPETITIONS];

	object_load(object, "idle");
	for (int at = 0; at < source_count; at++) {
		for (int attached = 0; attached < 2; attached++) {
			struct bpf_program *program = find(object, sources[at].tag, "idle");
			struct bpf_link *link = attached ? source_attach(program) : NULL;

			fire(&sources[at]);
			for (int repetition = 0; repetition < repetitions; repetition++) {
				uint64_t begin = batch_begin();

				fire(&sources[at]);
				elapsed[repetition] = batch_end(begin);
			}
			bpf_link__destroy(link);
			line_begin("idle", attached ? "attached" : "detached");
			line_string("source", sources[at].tag);
			line_number("batch", IDLE_BATCH);
			line_number("failed", 0);
			line_array("elapsed", elapsed, repetitions);
			line_end();
		}
	}
	bpf_object__close(object);
}
