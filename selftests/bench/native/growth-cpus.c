// SPDX-License-Identifier: GPL-2.0-only
/*
 * Several CPUs emit at once. QEMU's instruction counter is one for all CPUs, so that what is measured is the work that
 * all of them do together; waiting for each other is work too.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>

#include "bench.h"

#define MAX_CPUS 8
#define MAX_REPETITIONS 101
#define BATCHES 20
#define EMIT_BATCH 64
#define RING (1u << 18)

struct emitter {
	int cpu;
	int program;
};

static volatile bool go;

static void *emit(void *context)
{
	struct emitter *emitter = context;

	pin_to_cpu(emitter->cpu);
	while (!go)
		;
	for (int at = 0; at < BATCHES; at++)
		if (test_run(emitter->program))
			die("test run on CPU %d", emitter->cpu);
	return NULL;
}

static uint64_t race(int cpus, int program)
{
	struct emitter emitters[MAX_CPUS];
	pthread_t threads[MAX_CPUS];
	uint64_t begin;

	go = false;
	for (int cpu = 0; cpu < cpus; cpu++) {
		emitters[cpu] = (struct emitter){ cpu, program };
		if (pthread_create(&threads[cpu], NULL, emit, &emitters[cpu]))
			die("pthread_create");
	}
	begin = clock_now();
	go = true;
	for (int cpu = 0; cpu < cpus; cpu++)
		pthread_join(threads[cpu], NULL);
	return clock_now() - begin;
}

static void measure(const char *directory, const char *name, const char *program, const char *variant, int repetitions)
{
	struct bpf_object *object = object_open(directory, name);
	struct bpf_program *emitter;
	struct perf_ring rings[MAX_CPUS];
	struct bpf_ring ringbuf = { 0 };
	int available = cpus_online() < MAX_CPUS ? cpus_online() : MAX_CPUS;
	uint64_t flags[33] = { BPF_RB_NO_WAKEUP };

	if (!object)
		return;
	object_load(object, name);
	set_entry(map_fd(object, ".data.in"), 0, flags);
	for (int cpu = 0; cpu < available; cpu++) {
		uint32_t fd = perf_ring_open(&rings[cpu], cpu, RING, WAKE_WATERMARK);

		set_entry(map_fd(object, "perf_ring"), cpu, &fd);
	}
	if (map_fd(object, "ringbuf") >= 0)
		bpf_ring_open(&ringbuf, map_fd(object, "ringbuf"), RING_BYTES);
	emitter = bpf_object__find_program_by_name(object, program);
	for (int cpus = 1; cpus <= available; cpus++) {
		uint64_t elapsed[MAX_REPETITIONS];

		for (int at = -1; at < repetitions; at++) {
			uint64_t took = race(cpus, bpf_program__fd(emitter));

			/* Outside of the time, for all variants alike: a race's records stay below every watermark. */
			for (int cpu = 0; cpu < cpus; cpu++)
				perf_ring_drain(&rings[cpu]);
			if (ringbuf.consumer)
				bpf_ring_drain(&ringbuf);
			if (at >= 0)
				elapsed[at] = took;
		}
		growth_line(variant, "CPUs at once", cpus, cpus * BATCHES * EMIT_BATCH, 0, elapsed, repetitions);
	}
	for (int cpu = 0; cpu < available; cpu++)
		perf_ring_close(&rings[cpu]);
	if (ringbuf.consumer)
		bpf_ring_close(&ringbuf);
	bpf_object__close(object);
}

void run_growth_cpus(const char *directory, int repetitions)
{
	measure(directory, "emit-48-0", "loop_only", "baseline", repetitions);
	measure(directory, "emit-dtrace-48-0", "dtrace_reserve", "dtrace_reserve", repetitions);
	measure(directory, "emit-48-0", "perf_percpu", "perf_percpu", repetitions);
	measure(directory, "emit-48-0", "ringbuf_reserve", "ringbuf_reserve", repetitions);
}
