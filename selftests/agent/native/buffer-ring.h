/* SPDX-License-Identifier: GPL-2.0-only */
/* Rings of BPF output events, read by a reader of our own, and the programs that write to them. */
#ifndef DTRACE_SELFTESTS_BUFFER_RING_H
#define DTRACE_SELFTESTS_BUFFER_RING_H

#include <linux/perf_event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <string.h>
#include <bpf/libbpf.h>

/*
 * Header and raw size word; the sum with the data is rounded up to a multiple of 8, and is at least what a LOST record
 * takes, since that is what a record becomes that is discarded and cannot be taken back.
 */
#define RECORD_OVERHEAD 12u
#define SMALLEST_RECORD 24u

static inline uint32_t record_total(uint32_t data)
{
	uint32_t total = (data + RECORD_OVERHEAD + 7u) & ~7u;

	return total < SMALLEST_RECORD ? SMALLEST_RECORD : total;
}

struct ring {
	int fd;
	int cpu;
	size_t bytes;			/* of data: a power of two of pages */
	volatile struct perf_event_mmap_page *page;
	unsigned char *data;
};

struct ring_options {
	uint32_t wakeup_events;		/* 0: by watermark, half the ring unless given */
	uint32_t watermark;
};

/* A record's place in the ring, counted from the first byte ever written. */
struct record {
	const struct perf_event_header *header;
	const unsigned char *body;	/* behind the header, contiguous */
	uint64_t at;
};

/* Of an event that BPF programs write to, and that asks for a wake-up for each record. */
static inline struct perf_event_attr output_attr(void)
{
	return (struct perf_event_attr){
		.size = sizeof(struct perf_event_attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_BPF_OUTPUT,
		.sample_type = PERF_SAMPLE_RAW,
		.sample_period = 1,
		.wakeup_events = 1,
	};
}

/* Headers of the host need not know the bit: it is the 40th of the word of flags. */
static inline void attr_write_in_place(struct perf_event_attr *attr)
{
	uint64_t flags;

	memcpy(&flags, (char *)attr + 40, sizeof(flags));
	flags |= 1ULL << 40;
	memcpy((char *)attr + 40, &flags, sizeof(flags));
}

/* All return 0, or -errno after a line on stderr. */
int ring_open(struct ring *ring, int cpu, size_t pages, const struct ring_options *options);
int ring_map(struct ring *ring, size_t pages);
void ring_unmap(struct ring *ring);
void ring_close(struct ring *ring);

uint64_t ring_head(const struct ring *ring);		/* acquire */
void ring_set_tail(struct ring *ring, uint64_t tail);	/* release */

/*
 * Reads from *at up to the head, or until fn returns non-zero, which is returned. Advances *at but not the ring's tail.
 * -EBADMSG: what is there cannot be a record (size 0, not a multiple of 8, past the head).
 */
typedef int (*record_fn)(void *cookie, const struct record *record);
int ring_walk(struct ring *ring, uint64_t *at, record_fn fn, void *cookie);

struct probe {
	struct bpf_object *object;
	int entry;			/* raw tracepoint program that tail-calls into the DTRACE one */
	int rings;
};

int probe_load(struct probe *probe, const char *path, const char *entry);
int probe_set_ring(const struct probe *probe, const struct ring *ring);
int probe_program(const struct probe *probe, const char *name);
void *probe_map_memory(const struct probe *probe, const char *name, size_t bytes);
/* Runs the entry program on a CPU; returns what the callee returned, as the signed 32-bit number it is. */
int probe_fire(int entry, int cpu, const uint64_t args[12]);

int pin_to(int cpu);
void set_cpu1_online(int online);	/* the only CPU that tests take down */
uint64_t now_ns(void);
unsigned long number(const char *text);

#endif
