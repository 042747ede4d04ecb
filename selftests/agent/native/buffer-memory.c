// SPDX-License-Identifier: GPL-2.0-only
/*
 * workload buffer-memory OBJECT TURNS
 *
 * Rings of 1 to 4096 pages, each opened, mapped, written to through its map slot, unmapped and closed; TURNS of them in
 * all, sizes in turn. What the kernel says of its memory before and after, on stdout as one JSON object (KiB; vmalloc
 * areas).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "buffer-ring.h"
#include "native.h"

struct memory {
	long free_kb, slab_kb, vmalloc_kb;
	unsigned long areas;		/* of vmalloc that belong to perf's rings */
};

static long meminfo(const char *text, const char *name)
{
	const char *line = strstr(text, name);

	return line ? strtol(line + strlen(name), NULL, 10) : -1;
}

/*
 * Free pages of all zones, with those that wait on a CPU's own list for their next use: megabytes, and not part of
 * MemFree.
 */
static long free_kb(void)
{
	FILE *file = fopen("/proc/zoneinfo", "r");
	long pages = 0, count;
	char line[512];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, " pages free %ld", &count) == 1 || sscanf(line, " count: %ld", &count) == 1)
			pages += count;
	if (file)
		fclose(file);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static int by_size(const void *a, const void *b)
{
	long left = *(const long *)a, right = *(const long *)b;

	return (left > right) - (left < right);
}

/*
 * The middle one of several readings. Once a second the kernel takes up to 2016 pages off a CPU's list at once; a
 * reading that this falls into counts them twice or not at all. What leaked is missing from every reading.
 */
static long settled_free_kb(void)
{
	long readings[5];
	const int count = sizeof(readings) / sizeof(readings[0]);

	for (int i = 0; i < count; i++) {
		readings[i] = free_kb();
		usleep(50000);
	}
	qsort(readings, count, sizeof(readings[0]), by_size);
	return readings[count / 2];
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (file) {
		fputs(text, file);
		fclose(file);
	}
}

/*
 * Areas that were unmapped keep page tables, and with KASAN an eighth of their size as its shadow, until the kernel
 * cleans up after all of them at once. It does so when it changes the protection of memory, as for a program that is
 * not compiled.
 */
static void clean_up_vmalloc(void)
{
	static const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	static const char jit[] = "/proc/sys/net/core/bpf_jit_enable";
	char before[16] = "1";
	FILE *file = fopen(jit, "r");

	if (file) {
		before[fread(before, 1, sizeof(before) - 1, file)] = '\0';
		fclose(file);
	}
	write_file(jit, "0");
	close(bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "nothing", "GPL", nothing, 2, NULL));
	write_file(jit, before);
}

static struct memory measure(void)
{
	struct memory memory = { 0 };
	char text[8192] = "", line[512];
	FILE *file;

	/* Freed rings pass through RCU and a work queue. */
	sleep(1);
	clean_up_vmalloc();
	write_file("/proc/sys/vm/drop_caches", "3");
	usleep(300000);
	memory.free_kb = settled_free_kb();
	file = fopen("/proc/meminfo", "r");
	if (file) {
		text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
		fclose(file);
	}
	memory.slab_kb = meminfo(text, "Slab:");
	memory.vmalloc_kb = meminfo(text, "VmallocUsed:");
	file = fopen("/proc/vmallocinfo", "r");
	while (file && fgets(line, sizeof(line), file))
		memory.areas += strstr(line, " rb_") || strstr(line, " ring_buffer_init") || strstr(line, " perf_mmap");
	if (file)
		fclose(file);
	return memory;
}

static void print(const char *name, const struct memory *m, const char *end)
{
	printf("\"%s\":{\"freeKb\":%ld,\"slabKb\":%ld,\"vmallocKb\":%ld,\"areas\":%lu}%s", name, m->free_kb, m->slab_kb,
	       m->vmalloc_kb, m->areas, end);
}

static int count_record(void *cookie, const struct record *record)
{
	*(unsigned long *)cookie += record->header->type == PERF_RECORD_SAMPLE;
	return 0;
}

/* One record that wraps, if the ring is small enough to get there: the second mapping is written through. */
static int one_ring(const struct probe *probe, size_t pages, unsigned long *written, unsigned long *read)
{
	uint64_t args[12] = { 1000 }, at = 0;
	struct ring ring;

	if (ring_open(&ring, 0, pages, NULL) || probe_set_ring(probe, &ring))
		return -1;
	for (int i = 0; i < 6; i++) {
		args[1] = i;
		*written += probe_fire(probe->entry, 0, args) == 0;
		ring_walk(&ring, &at, count_record, read);
		ring_set_tail(&ring, at);
	}
	ring_close(&ring);
	return 0;
}

static int buffer_memory(int argc, char **argv)
{
	unsigned long turns, done, written = 0, read = 0;
	struct memory before, during = { 0 }, after;
	struct ring held;
	struct probe probe;

	if (argc != 3 || probe_load(&probe, argv[1], "write_record"))
		return 2;
	turns = number(argv[2]);
	pin_to(0);
	/* The first rings fill caches that stay. */
	for (size_t pages = 1; pages <= 4096; pages *= 2)
		if (one_ring(&probe, pages, &written, &read))
			return 2;
	written = read = 0;
	before = measure();
	for (done = 0; done < turns; done++)
		if (one_ring(&probe, 1ul << done % 13, &written, &read))
			break;
	after = measure();
	/* The measure itself has to be able to see a ring. */
	if (ring_open(&held, 0, 4096, NULL) == 0) {
		during = measure();
		ring_close(&held);
	}
	printf("{\"turns\":%lu,\"written\":%lu,\"read\":%lu,", done, written, read);
	print("before", &before, ",");
	print("after", &after, ",");
	print("holding4096", &during, "}\n");
	return 0;
}
WORKLOAD_COMMAND("buffer-memory", buffer_memory);
