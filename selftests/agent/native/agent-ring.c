// SPDX-License-Identifier: GPL-2.0-only
/* Our own reader of perf rings: trusts nothing but data_head and data_tail. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "native.h"

int nat_perf_event_open(void *attr, int pid, int cpu, int group, uint64_t flags)
{
	return syscall(SYS_perf_event_open, attr, pid, cpu, group, flags);
}

/* NULL with errno set when it cannot be mapped. */
void *nat_ring_map(int fd, uint64_t bytes, int read_only)
{
	void *base = mmap(NULL, bytes, PROT_READ | (read_only ? 0 : PROT_WRITE), MAP_SHARED, fd, 0);

	return base == MAP_FAILED ? NULL : base;
}

int nat_ring_unmap(void *base, uint64_t bytes)
{
	return munmap(base, bytes);
}

void nat_ring_control(void *base, uint64_t *out)
{
	struct perf_event_mmap_page *page = base;

	/* Pairs with the kernel's store-release of data_head. */
	out[0] = __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE);
	out[1] = page->data_tail;
	out[2] = page->data_offset;
	out[3] = page->data_size;
}

void nat_ring_set_tail(void *base, uint64_t tail)
{
	struct perf_event_mmap_page *page = base;

	/* All loads of the data come before the kernel may overwrite it. */
	__atomic_store_n(&page->data_tail, tail, __ATOMIC_RELEASE);
}

static void copy_out(const uint8_t *data, uint64_t size, uint64_t from, uint8_t *out, uint64_t n)
{
	uint64_t at = from % size, first = size - at < n ? size - at : n;

	memcpy(out, data + at, first);
	memcpy(out + first, data, n - first);
}

/*
 * Copies whole records from data_tail on, unwrapped. A header that can be no
 * record ends the walk, and everything up to the head is handed out for the
 * caller to judge.
 */
uint64_t nat_ring_read(void *base, void *out, uint64_t room, int consume, uint64_t *start)
{
	uint64_t control[4], have, n = 0;
	struct perf_event_header header;
	const uint8_t *data;

	nat_ring_control(base, control);
	data = (const uint8_t *)base + control[2];
	have = control[0] - control[1];
	*start = control[1];
	while (n < have) {
		if (have - n < sizeof(header))
			break;
		copy_out(data, control[3], control[1] + n, (uint8_t *)&header, sizeof(header));
		if (header.size < sizeof(header) || header.size > have - n) {
			n = have < room ? have : room;
			break;
		}
		if (n + header.size > room)
			break;
		n += header.size;
	}
	copy_out(data, control[3], control[1], out, n);
	if (consume && n)
		nat_ring_set_tail(base, control[1] + n);
	return n;
}
