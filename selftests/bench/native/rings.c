// SPDX-License-Identifier: GPL-2.0-only
/* Both kinds of ring, opened raw: a benchmark's reader must not cost what a library's reader costs. */
#include <errno.h>
#include <linux/perf_event.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"

#define PAGE 4096u

int perf_ring_open(struct perf_ring *ring, int cpu, size_t bytes, enum wake wake)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_BPF_OUTPUT,
		.sample_period = 1,
		.sample_type = PERF_SAMPLE_RAW,
	};

	if (wake == WAKE_RECORD) {
		attr.wakeup_events = 1;
	} else {
		attr.watermark = 1;
		attr.wakeup_watermark = bytes / 2;
	}
	ring->bytes = bytes;
	attr_write_in_place(&attr, true);
	ring->fd = syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	if (ring->fd < 0 && errno == EINVAL) {
		attr_write_in_place(&attr, false);
		ring->fd = syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	}
	if (ring->fd < 0)
		die("perf_event_open on CPU %d", cpu);
	ring->base = mmap(NULL, PAGE + bytes, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, 0);
	if (ring->base == MAP_FAILED)
		die("mmap of a perf ring");
	ioctl(ring->fd, PERF_EVENT_IOC_ENABLE, 0);
	return ring->fd;
}

void perf_ring_close(struct perf_ring *ring)
{
	munmap(ring->base, PAGE + ring->bytes);
	close(ring->fd);
}

struct drained perf_ring_drain(struct perf_ring *ring)
{
	struct perf_event_mmap_page *page = ring->base;
	uint64_t head = __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE);
	uint64_t tail = page->data_tail;
	struct drained found = { .bytes = head - tail };
	struct pollfd asked = { .fd = ring->fd, .events = POLLIN };

	while (tail < head) {
		/* A header never straddles the end: records are multiples of its 8 bytes. */
		struct perf_event_header *header = ring->base + PAGE + tail % ring->bytes;

		if (header->type == PERF_RECORD_SAMPLE)
			found.records++;
		else if (header->type == PERF_RECORD_LOST)
			found.lost += *(uint64_t *)(ring->base + PAGE + (tail + 16) % ring->bytes);
		else
			found.other++;
		/* Size 0: a ring whose padding is not a record (the in-page variant); nothing after it can be told. */
		if (!header->size)
			break;
		tail += header->size;
	}
	__atomic_store_n(&page->data_tail, head, __ATOMIC_RELEASE);
	/* As a reader would before it sleeps: a record after this one has to wake it. */
	poll(&asked, 1, 0);
	return found;
}

void bpf_ring_open(struct bpf_ring *ring, int fd, size_t bytes)
{
	ring->bytes = bytes;
	ring->consumer = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ring->producer = mmap(NULL, PAGE + 2 * bytes, PROT_READ, MAP_SHARED, fd, PAGE);
	if (ring->consumer == MAP_FAILED || ring->producer == MAP_FAILED)
		die("mmap of a ring buffer");
}

void bpf_ring_close(struct bpf_ring *ring)
{
	munmap((void *)ring->consumer, PAGE);
	munmap((void *)ring->producer, PAGE + 2 * ring->bytes);
}

struct drained bpf_ring_drain(struct bpf_ring *ring)
{
	unsigned long head = __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE);
	unsigned long tail = *ring->consumer;
	struct drained found = { .bytes = head - tail };

	while (tail < head) {
		uint32_t length = *(volatile uint32_t *)((char *)ring->producer + PAGE + tail % ring->bytes);

		if (length & BPF_RINGBUF_DISCARD_BIT)
			found.other++;
		else
			found.records++;
		length &= ~(BPF_RINGBUF_DISCARD_BIT | BPF_RINGBUF_BUSY_BIT);
		tail += (length + BPF_RINGBUF_HDR_SZ + 7) / 8 * 8;
	}
	__atomic_store_n(ring->consumer, head, __ATOMIC_RELEASE);
	return found;
}
