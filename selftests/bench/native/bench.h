/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BENCH_H
#define BENCH_H

#include <linux/perf_event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

/*
 * What an event map is connected to. Watermark: half the ring, perf's own default. Rings hold 4 MiB, so that a batch
 * of the largest records stays well below the watermark and wake-ups are spread over thousands of records.
 */
enum wake { WAKE_WATERMARK, WAKE_RECORD };
#define RING_BYTES (4u << 20)

struct perf_ring {
	int fd;
	void *base;
	size_t bytes;
};
struct bpf_ring {
	volatile unsigned long *consumer;
	volatile unsigned long *producer;
	size_t bytes;
};
/* What a drain found. `bytes` includes every header and padding. */
struct drained {
	uint64_t bytes;
	uint64_t records;
	uint64_t lost;
	uint64_t other;
};

void die(const char *what, ...) __attribute__((noreturn, format(printf, 1, 2)));
/* Retired guest instructions under icount: the time stamp counter runs at one count an instruction. */
uint64_t clock_now(void);
/*
 * The same around a batch, which a profile of it counts: see profile-plugin.c for the mark, a system call that nothing
 * else makes. It is outside of the time.
 */
uint64_t batch_begin(void);
uint64_t batch_end(uint64_t begin);
void pin_to_cpu(int cpu);
int cpus_online(void);

/* Asks for records in place, unless the kernel has none: headers of the host need not know the 40th of the flags. */
static inline void attr_write_in_place(struct perf_event_attr *attr, bool asked)
{
	uint64_t flags;

	memcpy(&flags, (char *)attr + 40, sizeof(flags));
	flags = asked ? flags | 1ULL << 40 : flags & ~(1ULL << 40);
	memcpy((char *)attr + 40, &flags, sizeof(flags));
}

int perf_ring_open(struct perf_ring *ring, int cpu, size_t bytes, enum wake wake);
void perf_ring_close(struct perf_ring *ring);
struct drained perf_ring_drain(struct perf_ring *ring);
void bpf_ring_open(struct bpf_ring *ring, int map_fd, size_t bytes);
void bpf_ring_close(struct bpf_ring *ring);
struct drained bpf_ring_drain(struct bpf_ring *ring);

struct bpf_object *object_open(const char *directory, const char *name);
void object_load(struct bpf_object *object, const char *name);
int map_fd(struct bpf_object *object, const char *name);
void set_entry(int fd, uint32_t key, const void *value);
int test_run(int program_fd);

/* One line of JSON a measurement on stdout: the TypeScript side computes everything else. */
void line_begin(const char *section, const char *variant);
void line_string(const char *key, const char *value);
void line_number(const char *key, uint64_t value);
void line_array(const char *key, const uint64_t *values, int count);
void line_end(void);

void run_emit(const char *directory, int repetitions);
void run_strings(const char *directory, int repetitions);
void run_reach(const char *directory, int repetitions);
void run_idle(const char *directory, int repetitions);
void run_profile(const char *directory, int repetitions);
void run_stream(const char *directory, int repetitions);
void run_stream_tool(const char *directory, int repetitions);
/* `dimension` at `value`; batch operations took elapsed[0..repetitions). */
void growth_line(const char *variant, const char *dimension, int value, int batch, uint64_t failed,
		 const uint64_t *elapsed, int repetitions);
void run_growth_cpus(const char *directory, int repetitions);
void run_growth(const char *directory, int repetitions);

#endif
