// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <bpf/bpf.h>
#include "buffer-ring.h"

static int complain(const char *what, int error)
{
	fprintf(stderr, "%s: %s\n", what, strerror(error));
	return -error;
}

int ring_open(struct ring *ring, int cpu, size_t pages, const struct ring_options *options)
{
	struct perf_event_attr attr = output_attr();

	attr.read_format = PERF_FORMAT_LOST;
	if (options && !options->wakeup_events) {
		attr.watermark = 1;
		attr.wakeup_watermark = options->watermark;
	} else if (options) {
		attr.wakeup_events = options->wakeup_events;
	}
	attr_write_in_place(&attr);
	*ring = (struct ring){ .cpu = cpu, .fd = -1 };
	ring->fd = syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	if (ring->fd < 0)
		return complain("perf_event_open", errno);
	return pages ? ring_map(ring, pages) : 0;
}

int ring_map(struct ring *ring, size_t pages)
{
	size_t page = sysconf(_SC_PAGESIZE);
	void *base = mmap(NULL, (pages + 1) * page, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, 0);

	if (base == MAP_FAILED)
		return complain("mmap of a ring", errno);
	ring->page = base;
	ring->data = (unsigned char *)base + page;
	ring->bytes = pages * page;
	return 0;
}

void ring_unmap(struct ring *ring)
{
	if (ring->page)
		munmap((void *)ring->page, ring->bytes + sysconf(_SC_PAGESIZE));
	ring->page = NULL;
}

void ring_close(struct ring *ring)
{
	ring_unmap(ring);
	if (ring->fd >= 0)
		close(ring->fd);
	ring->fd = -1;
}

uint64_t ring_head(const struct ring *ring)
{
	return __atomic_load_n(&ring->page->data_head, __ATOMIC_ACQUIRE);
}

void ring_set_tail(struct ring *ring, uint64_t tail)
{
	__atomic_store_n(&ring->page->data_tail, tail, __ATOMIC_RELEASE);
}

static void copy_out(const struct ring *ring, uint64_t at, void *to, size_t bytes)
{
	size_t from = at & (ring->bytes - 1), first = ring->bytes - from;

	if (first > bytes)
		first = bytes;
	memcpy(to, ring->data + from, first);
	memcpy((char *)to + first, ring->data, bytes - first);
}

int ring_walk(struct ring *ring, uint64_t *at, record_fn fn, void *cookie)
{
	static __thread unsigned char copy[65536] __attribute__((aligned(8)));
	uint64_t head = ring_head(ring);

	while (*at < head) {
		struct perf_event_header header;
		struct record record = { .header = (void *)copy, .body = copy + sizeof(header), .at = *at };
		int result;

		/* Sizes are multiples of 8, and so is the ring: a header never wraps. */
		memcpy(&header, ring->data + (*at & (ring->bytes - 1)), sizeof(header));
		if (header.size < sizeof(header) || header.size % 8 || *at + header.size > head) {
			fprintf(stderr, "cpu %d at %llu, head %llu: type %u size %u is no record\n", ring->cpu,
				(unsigned long long)*at, (unsigned long long)head, header.type, header.size);
			return -EBADMSG;
		}
		copy_out(ring, *at, copy, header.size);
		*at += header.size;
		result = fn(cookie, &record);
		if (result)
			return result;
	}
	return 0;
}

int probe_load(struct probe *probe, const char *path, const char *entry)
{
	int error;

	probe->object = bpf_object__open_file(path, NULL);
	if (!probe->object)
		return complain(path, errno);
	error = bpf_object__load(probe->object);
	if (error)
		return complain("bpf_object__load", -error);
	probe->entry = probe_program(probe, entry);
	probe->rings = bpf_object__find_map_fd_by_name(probe->object, "rings");
	return probe->entry < 0 || probe->rings < 0 ? complain(entry, ENOENT) : 0;
}

int probe_program(const struct probe *probe, const char *name)
{
	struct bpf_program *prog = bpf_object__find_program_by_name(probe->object, name);

	return prog ? bpf_program__fd(prog) : -1;
}

int probe_set_ring(const struct probe *probe, const struct ring *ring)
{
	if (bpf_map_update_elem(probe->rings, &ring->cpu, &ring->fd, BPF_ANY))
		return complain("ring into map", errno);
	return 0;
}

void *probe_map_memory(const struct probe *probe, const char *name, size_t bytes)
{
	struct bpf_map *map = bpf_object__find_map_by_name(probe->object, name);
	void *memory = map ? mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0) : MAP_FAILED;

	if (memory == MAP_FAILED) {
		complain(name, map ? errno : ENOENT);
		return NULL;
	}
	return memory;
}

int probe_fire(int entry, int cpu, const uint64_t args[12])
{
	LIBBPF_OPTS(bpf_test_run_opts, run, .ctx_in = args, .ctx_size_in = 12 * sizeof(*args),
		    .flags = BPF_F_TEST_RUN_ON_CPU, .cpu = cpu);

	if (bpf_prog_test_run_opts(entry, &run)) {
		complain("test run", errno);
		exit(3);
	}
	return (int)run.retval;
}

int pin_to(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set) ? complain("sched_setaffinity", errno) : 0;
}

void set_cpu1_online(int online)
{
	int fd = open("/sys/devices/system/cpu/cpu1/online", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, online ? "1" : "0", 1) != 1) {
		complain(online ? "cpu1 up" : "cpu1 down", errno);
		exit(3);
	}
	close(fd);
}

uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

unsigned long number(const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 0);

	if (*text == '\0' || *end != '\0') {
		fprintf(stderr, "%s is not a number\n", text);
		exit(2);
	}
	return value;
}
