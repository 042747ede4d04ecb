// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's part of the benchmarks: bench DIRECTORY REPETITIONS SECTION...
 * DIRECTORY holds the BPF objects. Prints raw readings, one JSON object a line; counts nothing itself.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

static const struct {
	const char *name;
	void (*run)(const char *directory, int repetitions);
} sections[] = {
	{ "emit", run_emit },
	{ "strings", run_strings },
	{ "reach", run_reach },
	{ "idle", run_idle },
	{ "stream", run_stream },
	{ "growth", run_growth },
	{ "profile", run_profile },
};

static int print_errors(enum libbpf_print_level level, const char *format, va_list arguments)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, format, arguments) : 0;
}

int main(int count, char **words)
{
	if (count < 4) {
		fprintf(stderr, "usage: bench DIRECTORY REPETITIONS SECTION...\n");
		return 2;
	}
	libbpf_set_print(print_errors);
	pin_to_cpu(0);
	for (int word = 3; word < count; word++) {
		size_t at, known = sizeof(sections) / sizeof(*sections);

		for (at = 0; at < known; at++)
			if (!strcmp(words[word], sections[at].name))
				break;
		if (at == known) {
			fprintf(stderr, "bench: no section %s\n", words[word]);
			return 2;
		}
		sections[at].run(words[1], atoi(words[2]));
	}
	return 0;
}
