// SPDX-License-Identifier: GPL-2.0-only
/*
 * workload buffer-wakeup-own OBJECT TURNS
 *
 * A ring that two write to at each wake-up of a wait queue: an event, and a program in place. Each asks for a wake-up
 * for each record. One record is written, and then, for a tenth of a second, what comes of it, TURNS records at most by
 * the program. One JSON object on stdout.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "buffer-ring.h"
#include "native.h"

#define FUNCTION "__wake_up"
#define PAGES 512

static int kprobe_pmu(void)
{
	FILE *file = fopen("/sys/bus/event_source/devices/kprobe/type", "r");
	int type = -1;

	if (!file || fscanf(file, "%d", &type) != 1)
		fprintf(stderr, "type of the kprobe PMU: %s\n", strerror(errno));
	if (file)
		fclose(file);
	return type;
}

/* Samples each call on the CPU of the ring, into the ring. */
static int sample_calls(const struct ring *ring)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr), .type = kprobe_pmu(), .sample_period = 1, .wakeup_events = 1,
		.config1 = (uint64_t)(uintptr_t)FUNCTION,
	};
	int fd = syscall(SYS_perf_event_open, &attr, -1, ring->cpu, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd < 0 || ioctl(fd, PERF_EVENT_IOC_SET_OUTPUT, ring->fd)) {
		fprintf(stderr, "event at %s: %s\n", FUNCTION, strerror(errno));
		return -1;
	}
	return fd;
}

static int count_records(void *cookie, const struct record *record)
{
	uint64_t *counts = cookie;

	/* The record of the event is a header alone: it asks for nothing. */
	counts[record->header->size > sizeof(*record->header)]++;
	return 0;
}

static int buffer_wakeup_own(int argc, char **argv)
{
	static const struct ring_options each = { .wakeup_events = 1 };
	const uint64_t none[12] = { 0 };
	struct bpf_program *on_wake_up;
	struct bpf_link *link;
	struct probe probe;
	struct ring ring;
	uint64_t *turns, at = 0, counts[2] = { 0, 0 };
	int event, broken;

	if (argc != 3 || probe_load(&probe, argv[1], "write_record") || ring_open(&ring, 1, PAGES, &each) ||
	    probe_set_ring(&probe, &ring))
		return 2;
	turns = probe_map_memory(&probe, "turns", 2 * sizeof(*turns));
	on_wake_up = bpf_object__find_program_by_name(probe.object, "on_wake_up");
	event = sample_calls(&ring);
	if (!turns || !on_wake_up || event < 0)
		return 2;
	link = bpf_program__attach_kprobe(on_wake_up, false, FUNCTION);
	if (!link) {
		fprintf(stderr, "program at %s: %s\n", FUNCTION, strerror(errno));
		return 2;
	}
	turns[0] = number(argv[2]);
	probe_fire(probe.entry, 1, none);
	usleep(100000);
	bpf_link__destroy(link);
	ioctl(event, PERF_EVENT_IOC_DISABLE, 0);
	broken = ring_walk(&ring, &at, count_records, counts) < 0;
	printf("{\"broken\":%d,\"turns\":%llu,\"ofEvent\":%llu,\"ofProgram\":%llu}\n", broken,
	       (unsigned long long)turns[1], (unsigned long long)counts[0], (unsigned long long)counts[1]);
	return 0;
}
WORKLOAD_COMMAND("buffer-wakeup-own", buffer_wakeup_own);
