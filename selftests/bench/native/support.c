// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"

void die(const char *what, ...)
{
	int saved = errno;
	va_list arguments;

	va_start(arguments, what);
	fprintf(stderr, "bench: ");
	vfprintf(stderr, what, arguments);
	fprintf(stderr, ": %s\n", strerror(saved));
	va_end(arguments);
	exit(1);
}

uint64_t clock_now(void)
{
	uint32_t low, high;

	asm volatile("rdtsc" : "=a"(low), "=d"(high) :: "memory");
	return (uint64_t)high << 32 | low;
}

uint64_t batch_begin(void)
{
	syscall(SYS_getsid, 0);
	return clock_now();
}

uint64_t batch_end(uint64_t begin)
{
	uint64_t elapsed = clock_now() - begin;

	syscall(SYS_getsid, 0);
	return elapsed;
}

void pin_to_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("sched_setaffinity");
}

int cpus_online(void)
{
	return sysconf(_SC_NPROCESSORS_ONLN);
}

struct bpf_object *object_open(const char *directory, const char *name)
{
	struct bpf_object *object;
	char path[512];

	snprintf(path, sizeof(path), "%s/%s.bpf.o", directory, name);
	if (access(path, R_OK))
		return NULL;
	object = bpf_object__open_file(path, NULL);
	if (!object)
		die("open %s", path);
	return object;
}

void object_load(struct bpf_object *object, const char *name)
{
	if (bpf_object__load(object))
		die("load %s", name);
}

int map_fd(struct bpf_object *object, const char *name)
{
	return bpf_object__find_map_fd_by_name(object, name);
}

void set_entry(int fd, uint32_t key, const void *value)
{
	if (bpf_map_update_elem(fd, &key, value, BPF_ANY))
		die("update map entry %u", key);
}

int test_run(int program_fd)
{
	LIBBPF_OPTS(bpf_test_run_opts, options);

	return bpf_prog_test_run_opts(program_fd, &options);
}

void line_begin(const char *section, const char *variant)
{
	printf("{\"section\":\"%s\",\"variant\":\"%s\"", section, variant);
}

void line_string(const char *key, const char *value)
{
	printf(",\"%s\":\"%s\"", key, value);
}

void line_number(const char *key, uint64_t value)
{
	printf(",\"%s\":%llu", key, (unsigned long long)value);
}

void line_array(const char *key, const uint64_t *values, int count)
{
	printf(",\"%s\":[", key);
	for (int at = 0; at < count; at++)
		printf("%s%llu", at ? "," : "", (unsigned long long)values[at]);
	printf("]");
}

void line_end(void)
{
	printf("}\n");
	fflush(stdout);
}
