// SPDX-License-Identifier: GPL-2.0-only
/*
 * workload buffer-nested OBJECT PLAN PAGES TURNS STEPS PERIOD_NS
 *
 * PLAN is a number of progs/buffer-nested.h. A thread on each CPU runs OUTER TURNS times, and with PLAN_SPIN until a
 * timer has found its record open; with PERIOD_NS, two timers a CPU interrupt it; a reader on CPU 0 takes what is
 * published at once, so that a record published too early is caught half written. One JSON object on stdout, an account
 * for each CPU.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include "../../progs/buffer-nested.h"
#include "buffer-ring.h"
#include "native.h"

#define MOST_CPUS 8
/* How long what timers have to do is waited for. */
#define PATIENCE_NS 10000000000ull

struct nested_account {
	uint64_t seen[NESTED_SOURCES], out_of_order[NESTED_SOURCES];
	uint64_t torn, lost, empty_lost, others;
	uint64_t at, turns;
};

static struct probe probe;
static struct ring rings[MOST_CPUS];
static struct nested_account accounts[MOST_CPUS];
static struct nested_count *counts;
static uint64_t plan, turns, steps, early, unpublished, went_back;
static int cpus, writing, stopped, timers[2 * MOST_CPUS], timers_used;

static int read_record(void *cookie, const struct record *record)
{
	struct nested_account *account = cookie;
	struct { uint64_t id, lost; } lost;
	struct nested_record copy, *r = &copy;

	if (record->header->type == PERF_RECORD_LOST) {
		memcpy(&lost, record->body, sizeof(lost));
		account->lost += lost.lost;
		account->empty_lost += lost.lost == 0;
		return 0;
	}
	if (record->header->type != PERF_RECORD_SAMPLE) {
		account->others++;
		return 0;
	}
	memcpy(r, record->body + sizeof(uint32_t), sizeof(*r));
	if (record->header->size != record_total(sizeof(*r)) || r->source >= NESTED_SOURCES) {
		account->torn++;
		return 0;
	}
	for (int i = 0; i < 6; i++) {
		if (r->words[i] != nested_word(r->source, r->sequence, i)) {
			account->torn++;
			return 0;
		}
	}
	if (r->sequence != account->seen[r->source])
		account->out_of_order[r->source]++;
	account->seen[r->source]++;
	return 0;
}

static int read_everything(int cpu)
{
	int error = ring_walk(&rings[cpu], &accounts[cpu].at, read_record, &accounts[cpu]);

	ring_set_tail(&rings[cpu], accounts[cpu].at);
	return error;
}

/* What is lost when a reader is slow is another test's; here all has to arrive, however long it runs. */
static void wait_for_reader(const struct ring *ring)
{
	while (ring_head(ring) - __atomic_load_n(&ring->page->data_tail, __ATOMIC_RELAXED) > ring->bytes / 2) {
		if (__atomic_load_n(&stopped, __ATOMIC_RELAXED))
			return;
		usleep(100);
	}
}

/* A loaded host may let a CPU do all turns between two ticks; perf may hold back timers that it finds too expensive. */
static int has_more_to_do(int cpu, uint64_t turn, uint64_t deadline)
{
	volatile struct nested_count *count = &counts[cpu];

	return turn < turns || (plan == PLAN_SPIN && !count->inside && now_ns() < deadline);
}

static void *write_on(void *argument)
{
	int cpu = (int)(intptr_t)argument;
	volatile struct nested_count *count = &counts[cpu];
	uint64_t turn, deadline = now_ns() + PATIENCE_NS;
	uint64_t args[12] = { plan, (uint64_t)(uintptr_t)&rings[cpu].page->data_head, steps };

	pin_to(cpu);
	for (turn = 0; has_more_to_do(cpu, turn, deadline); turn++) {
		wait_for_reader(&rings[cpu]);
		probe_fire(probe.entry, cpu, args);
		/* With the record open, nothing behind it may be published: not it, nor what nested writers added. */
		if (count->head_open != (plan == PLAN_SPIN ? count->head_reserved : count->head_before))
			__atomic_fetch_add(&early, 1, __ATOMIC_RELAXED);
		if (count->head_after == count->head_before)
			__atomic_fetch_add(plan == PLAN_DISCARD_ALONE ? &went_back : &unpublished, 1, __ATOMIC_RELAXED);
	}
	accounts[cpu].turns = turn;
	__atomic_fetch_sub(&writing, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

static int attach_timer(int cpu, const char *name, uint64_t period_ns)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr), .type = PERF_TYPE_SOFTWARE, .config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_period = period_ns,
	};
	struct bpf_program *prog = bpf_object__find_program_by_name(probe.object, name);
	int fd = syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd < 0 || !prog || !bpf_program__attach_perf_event(prog, fd)) {
		fprintf(stderr, "timer %s: %s\n", name, strerror(errno));
		return -1;
	}
	timers[timers_used++] = fd;
	return 0;
}

static void numbers(const char *name, const uint64_t *values, int n, const char *end)
{
	printf("\"%s\":[", name);
	for (int i = 0; i < n; i++)
		printf("%s%llu", i ? "," : "", (unsigned long long)values[i]);
	printf("]%s", end);
}

static void report(int broken)
{
	printf("{\"broken\":%d,\"early\":%llu,\"unpublished\":%llu,\"wentBack\":%llu,\"cpus\":[", broken,
	       (unsigned long long)early, (unsigned long long)unpublished, (unsigned long long)went_back);
	for (int cpu = 0; cpu < cpus; cpu++) {
		const struct nested_account *a = &accounts[cpu];
		const struct nested_count *c = &counts[cpu];

		printf("%s{", cpu ? "," : "");
		numbers("seen", a->seen, NESTED_SOURCES, ",");
		numbers("outOfOrder", a->out_of_order, NESTED_SOURCES, ",");
		numbers("written", (const uint64_t *)c->written, NESTED_SOURCES, ",");
		numbers("failed", (const uint64_t *)c->failed, NESTED_SOURCES, ",");
		printf("\"turns\":%llu,\"bytes\":%llu,\"torn\":%llu,\"lost\":%llu,\"emptyLost\":%llu,\"others\":%llu,"
		       "\"discarded\":%llu,\"inside\":%llu,\"nested\":%llu}",
		       (unsigned long long)a->turns, (unsigned long long)a->at, (unsigned long long)a->torn,
		       (unsigned long long)a->lost, (unsigned long long)a->empty_lost, (unsigned long long)a->others,
		       (unsigned long long)c->discarded, (unsigned long long)c->inside, (unsigned long long)c->nested);
	}
	printf("]}\n");
}

static int all_ticked(void)
{
	for (int cpu = 0; cpu < cpus; cpu++)
		if (!counts[cpu].written[NESTED_TICK] || !counts[cpu].written[NESTED_TICK_OUTPUT])
			return 0;
	return 1;
}

static int read_until_ticked(void)
{
	uint64_t deadline = now_ns() + PATIENCE_NS;
	int broken = 0;

	while (!all_ticked() && !broken && now_ns() < deadline)
		for (int cpu = 0; cpu < cpus; cpu++)
			broken |= read_everything(cpu);
	return broken;
}

static int buffer_nested(int argc, char **argv)
{
	pthread_t threads[MOST_CPUS];
	struct bpf_program *on_printk;
	uint64_t *inner_plan;
	int broken = 0, pages;
	size_t bss_bytes;

	if (argc != 7 || probe_load(&probe, argv[1], "write_outer"))
		return 2;
	plan = number(argv[2]);
	pages = number(argv[3]);
	turns = number(argv[4]);
	steps = number(argv[5]);
	cpus = sysconf(_SC_NPROCESSORS_ONLN) < MOST_CPUS ? sysconf(_SC_NPROCESSORS_ONLN) : MOST_CPUS;
	counts = probe_map_memory(&probe, "counts", 64 * sizeof(*counts));
	inner_plan = bpf_map__initial_value(bpf_object__find_map_by_name(probe.object, ".bss"), &bss_bytes);
	on_printk = bpf_object__find_program_by_name(probe.object, "on_printk");
	if (!counts || !inner_plan || !on_printk || !bpf_program__attach(on_printk))
		return 2;
	*inner_plan = plan;
	for (int cpu = 0; cpu < cpus; cpu++)
		if (ring_open(&rings[cpu], cpu, pages, NULL) || probe_set_ring(&probe, &rings[cpu]))
			return 2;
	/* The programs read data_head where a fault cannot be served: it has to be mapped by now. */
	for (int cpu = 0; cpu < cpus; cpu++)
		ring_head(&rings[cpu]);
	for (int cpu = 0; cpu < cpus && number(argv[6]); cpu++)
		if (attach_timer(cpu, "on_tick", number(argv[6])) ||
		    attach_timer(cpu, "on_tick_output", number(argv[6]) * 7 / 5))
			return 2;
	writing = cpus;
	for (int cpu = 0; cpu < cpus; cpu++)
		pthread_create(&threads[cpu], NULL, write_on, (void *)(intptr_t)cpu);
	while (__atomic_load_n(&writing, __ATOMIC_SEQ_CST) && !broken)
		for (int cpu = 0; cpu < cpus; cpu++)
			broken |= read_everything(cpu);
	__atomic_store_n(&stopped, 1, __ATOMIC_RELAXED);
	for (int cpu = 0; cpu < cpus; cpu++)
		pthread_join(threads[cpu], NULL);
	if (timers_used)
		broken |= read_until_ticked();
	for (int i = 0; i < timers_used; i++)
		ioctl(timers[i], PERF_EVENT_IOC_DISABLE, 0);
	for (int cpu = 0; cpu < cpus; cpu++)
		broken |= read_everything(cpu);
	report(broken);
	return 0;
}
WORKLOAD_COMMAND("buffer-nested", buffer_nested);
