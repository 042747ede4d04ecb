// SPDX-License-Identifier: GPL-2.0-only
/*
 * workload buffer-charge RINGS PAGES ASKED LIMIT
 *
 * Maps RINGS rings of PAGES data pages as a user without any privilege, with write_in_place if ASKED, and at most LIMIT
 * pages of locked memory (0: no limit). One JSON object on stdout: what is to be seen of it while they are there, and
 * afterwards.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "buffer-ring.h"
#include "native.h"

#define NOBODY 65534

struct held {
	long mapped, error, pinned_kb, pinned_after_kb;
};

static long field_kb(const char *path, const char *name)
{
	char line[256];
	long kb = -1;
	FILE *file = fopen(path, "r");

	while (file && kb < 0 && fgets(line, sizeof(line), file))
		if (strncmp(line, name, strlen(name)) == 0)
			kb = strtol(line + strlen(name), NULL, 10);
	if (file)
		fclose(file);
	return kb;
}

/* Second mappings that are there, and the address space that they have. */
static unsigned long second_mappings(unsigned long *bytes)
{
	unsigned long count = 0, size;
	char line[512];
	FILE *file = fopen("/proc/vmallocinfo", "r");

	for (*bytes = 0; file && fgets(line, sizeof(line), file);) {
		if (!strstr(line, " rb_map_contig") || sscanf(line, "%*s %lu", &size) != 1)
			continue;
		*bytes += size;
		count++;
	}
	if (file)
		fclose(file);
	return count;
}

static void set_limit(int resource, rlim_t limit)
{
	struct rlimit both = { limit, limit };

	if (setrlimit(resource, &both)) {
		perror("setrlimit");
		exit(2);
	}
}

static void report(int to, const struct held *held)
{
	if (write(to, held, sizeof(*held)) != sizeof(*held))
		_exit(3);
}

static void map_rings(long rings, size_t bytes, bool asked, int to, int from)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_BPF_OUTPUT,
		.sample_type = PERF_SAMPLE_RAW,
		.sample_period = 1,
		.exclude_kernel = 1,
	};
	void **map = calloc(rings, sizeof(*map));
	struct held held = { 0 };
	char byte;
	int fd;

	if (asked)
		attr_write_in_place(&attr);
	if (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY))
		_exit(4);
	for (; held.mapped < rings; held.mapped++) {
		fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
		map[held.mapped] = fd < 0 ? MAP_FAILED : mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (map[held.mapped] == MAP_FAILED) {
			held.error = errno;
			break;
		}
	}
	held.pinned_kb = field_kb("/proc/self/status", "VmPin:");
	report(to, &held);
	if (read(from, &byte, 1) != 1)
		_exit(5);
	for (long i = 0; i < held.mapped; i++)
		munmap(map[i], bytes);
	held.pinned_after_kb = field_kb("/proc/self/status", "VmPin:");
	report(to, &held);
	_exit(0);
}

static int buffer_charge(int argc, char **argv)
{
	long page = sysconf(_SC_PAGESIZE), rings, limit, before_kb, holding_kb;
	unsigned long areas_before, areas, bytes_before, bytes;
	int results[2], go[2], status;
	struct held held;
	pid_t child;

	if (argc != 5 || pipe(results) || pipe(go))
		return 2;
	rings = strtol(argv[1], NULL, 0);
	limit = strtol(argv[4], NULL, 0);
	set_limit(RLIMIT_NOFILE, rings + 64);
	set_limit(RLIMIT_MEMLOCK, limit ? (rlim_t)limit * page : RLIM_INFINITY);
	areas_before = second_mappings(&bytes_before);
	before_kb = field_kb("/proc/meminfo", "VmallocUsed:");
	child = fork();
	if (child == 0)
		map_rings(rings, (strtol(argv[2], NULL, 0) + 1) * page, strtol(argv[3], NULL, 0), results[1], go[0]);
	close(results[1]);
	if (child < 0 || read(results[0], &held, sizeof(held)) != sizeof(held))
		return 2;
	holding_kb = field_kb("/proc/meminfo", "VmallocUsed:");
	areas = second_mappings(&bytes) - areas_before;
	if (write(go[1], "", 1) != 1 || read(results[0], &held, sizeof(held)) != sizeof(held) ||
	    waitpid(child, &status, 0) != child)
		return 2;
	printf("{\"mapped\":%ld,\"error\":%ld,\"pinnedKb\":%ld,\"pinnedAfterKb\":%ld,\"vmallocKb\":%ld,\"areas\":%lu,"
	       "\"areaBytes\":%lu}\n", held.mapped, held.error, held.pinned_kb, held.pinned_after_kb,
	       holding_kb - before_kb, areas, bytes - bytes_before);
	return 0;
}
WORKLOAD_COMMAND("buffer-charge", buffer_charge);
