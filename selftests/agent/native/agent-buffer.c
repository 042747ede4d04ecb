// SPDX-License-Identifier: GPL-2.0-only
/*
 * libbpf's perf_buffer and ring_buffer, unmodified, with callbacks that append
 * to one buffer: u32 cpu, u32 kind (0 sample, 1 lost), u64 size or count, then
 * the sample padded to 8 bytes.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/libbpf.h>
#include <linux/perf_event.h>
#include "native.h"

struct event_buffer {
	struct perf_buffer *perf;
	struct ring_buffer *ring;
	uint8_t *bytes;
	uint64_t used, room;
};

static void append(struct event_buffer *b, uint32_t cpu, uint32_t kind, uint64_t amount, const void *data)
{
	uint64_t padded = data ? (amount + 7) / 8 * 8 : 0, need = b->used + 16 + padded;
	uint8_t *at;

	if (need > b->room) {
		uint64_t room = need * 2;
		uint8_t *bytes = realloc(b->bytes, room);

		if (!bytes)
			abort();
		b->bytes = bytes;
		b->room = room;
	}
	at = b->bytes + b->used;
	memcpy(at, &cpu, 4);
	memcpy(at + 4, &kind, 4);
	memcpy(at + 8, &amount, 8);
	if (data)
		memcpy(at + 16, data, amount);
	b->used = need;
}

static void on_sample(void *ctx, int cpu, void *data, __u32 size)
{
	append(ctx, cpu, 0, size, data);
}

static void on_lost(void *ctx, int cpu, __u64 count)
{
	append(ctx, cpu, 1, count, NULL);
}

static int on_ring_sample(void *ctx, void *data, size_t size)
{
	append(ctx, 0, 0, size, data);
	return 0;
}

static enum bpf_perf_event_ret on_event(void *ctx, int cpu, struct perf_event_header *header)
{
	const uint8_t *body = (const uint8_t *)(header + 1);
	uint64_t lost;
	uint32_t size;

	if (header->type == PERF_RECORD_SAMPLE) {
		memcpy(&size, body, sizeof(size));
		append(ctx, cpu, 0, size, body + sizeof(size));
	} else if (header->type == PERF_RECORD_LOST) {
		memcpy(&lost, body + 8, sizeof(lost));
		append(ctx, cpu, 1, lost, NULL);
	}
	return LIBBPF_PERF_EVENT_CONT;
}

/* attr NULL: libbpf's own. cpus also are the keys in the map. NULL with errno. */
void *nat_perfbuf_open(int map_fd, uint64_t pages, void *attr, const int *cpus, int cpu_count)
{
	struct event_buffer *b = calloc(1, sizeof(*b));
	LIBBPF_OPTS(perf_buffer_raw_opts, raw, .cpu_cnt = cpu_count, .cpus = (int *)cpus, .map_keys = (int *)cpus);

	if (!b)
		return NULL;
	if (attr)
		b->perf = perf_buffer__new_raw(map_fd, pages, attr, on_event, b, cpu_count ? &raw : NULL);
	else
		b->perf = perf_buffer__new(map_fd, pages, on_sample, on_lost, b, NULL);
	if (!b->perf) {
		free(b);
		return NULL;
	}
	return b;
}

void *nat_ringbuf_open(int map_fd)
{
	struct event_buffer *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->ring = ring_buffer__new(map_fd, on_ring_sample, b, NULL);
	if (!b->ring) {
		free(b);
		return NULL;
	}
	return b;
}

int nat_buffer_poll(void *buffer, int timeout_ms)
{
	struct event_buffer *b = buffer;

	return b->perf ? perf_buffer__poll(b->perf, timeout_ms) : ring_buffer__poll(b->ring, timeout_ms);
}

int nat_buffer_consume(void *buffer)
{
	struct event_buffer *b = buffer;

	return b->perf ? perf_buffer__consume(b->perf) : ring_buffer__consume(b->ring);
}

uint64_t nat_buffer_used(void *buffer)
{
	return ((struct event_buffer *)buffer)->used;
}

void nat_buffer_take(void *buffer, void *out)
{
	struct event_buffer *b = buffer;

	memcpy(out, b->bytes, b->used);
	b->used = 0;
}

void nat_buffer_close(void *buffer)
{
	struct event_buffer *b = buffer;

	if (b->perf)
		perf_buffer__free(b->perf);
	else
		ring_buffer__free(b->ring);
	free(b->bytes);
	free(b);
}
