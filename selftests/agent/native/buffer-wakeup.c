// SPDX-License-Identifier: GPL-2.0-only
/*
 * workload buffer-wakeup OBJECT HOW STEPS STORM
 *
 * A writer on CPU 1 and a reader on CPU 0 that sleeps until it is woken. First in step, STEPS times: one burst, and the
 * next one when all of it has been read. Then STORM bursts without waiting for a reader, while a second writer sends
 * CPU 1 interrupts that write to the same ring, wherever the first one is. HOW the reader waits:
 *   poll, epoll   level triggered
 *   edge          edge triggered, all is read each time
 *   two           two threads poll the same ring
 *   alias         on an event of its own whose output goes to the ring
 *   moved         the same, and with every step the output of both events goes to the other of two rings
 *   busy          every other burst is read without having polled
 *   signal        O_ASYNC, a queued signal for each record
 * A wait that times out although there is something to read is a lost wake-up. One JSON object on stdout.
 *
 * workload buffer-wakeup-joined OBJECT STEPS
 *
 * An event without a ring, waited for edge triggered, has its output sent to a ring that records are in which nobody
 * was told of twice, and taken away again, STEPS times. Stops at the first step in which joining wakes no poller.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <bpf/bpf.h>
#include "buffer-ring.h"
#include "native.h"

#define PAGES 512
#define LIMIT_MS 3000
#define RINGS 2
#define BURST 3

static struct probe probe;
static struct ring rings[RINGS], writing = { .fd = -1 }, waiting = { .fd = -1 };
static uint64_t read_to[RINGS];
static pthread_mutex_t reading = PTHREAD_MUTEX_INITIALIZER;
static volatile int done, broken, storming;
static volatile unsigned long waits, timeouts, lost, samples;
static const char *how;
static int epoll = -1;

static int is(const char *what)
{
	return strcmp(how, what) == 0;
}

static int count_sample(void *cookie, const struct record *record)
{
	*(volatile unsigned long *)cookie += record->header->type == PERF_RECORD_SAMPLE;
	return 0;
}

/* Whether there was anything. */
static int read_rings(void)
{
	int found = 0;

	pthread_mutex_lock(&reading);
	for (int i = 0; i < RINGS && rings[i].page; i++) {
		uint64_t at = read_to[i];

		if (ring_walk(&rings[i], &at, count_sample, (void *)&samples) < 0)
			broken = 1;
		found |= at != read_to[i];
		__atomic_store_n(&read_to[i], at, __ATOMIC_RELEASE);
		ring_set_tail(&rings[i], at);
	}
	pthread_mutex_unlock(&reading);
	return found;
}

static int all_read(void)
{
	for (int i = 0; i < RINGS && rings[i].page; i++)
		if (__atomic_load_n(&read_to[i], __ATOMIC_ACQUIRE) != ring_head(&rings[i]))
			return 0;
	return 1;
}

/* The one that is asked for, and the one that the kernel sends when that cannot be queued: F_SETSIG in fcntl(2). */
static void signals_of_ring(sigset_t *signals)
{
	sigemptyset(signals);
	sigaddset(signals, SIGRTMIN);
	sigaddset(signals, SIGIO);
}

/* 0: no wake-up came. */
static int wait_once(int fd)
{
	struct pollfd polled = { .fd = fd, .events = POLLIN };
	struct timespec limit = { .tv_sec = LIMIT_MS / 1000 };
	struct epoll_event event;
	sigset_t signals;
	int signal;

	waits++;
	if (epoll >= 0)
		return epoll_wait(epoll, &event, 1, LIMIT_MS);
	if (!is("signal"))
		return poll(&polled, 1, LIMIT_MS);
	signals_of_ring(&signals);
	signal = sigtimedwait(&signals, NULL, &limit);
	/* One record at a time fills no queue. */
	if (signal == SIGIO && !storming)
		broken = 1;
	return signal > 0;
}

static void *read_on(void *first)
{
	pin_to(0);
	for (unsigned long turn = 0; !done; turn++) {
		if (first && is("busy") && turn % 2)
			while (!done && !read_rings())
				sched_yield();
		if (wait_once(waiting.fd >= 0 ? waiting.fd : rings[0].fd) == 0) {
			timeouts++;
			/* Of two that wait the other may have been woken: then it is all read by now. */
			usleep(is("two") ? 100000 : 0);
			lost += !all_read() && !done;
		}
		read_rings();
	}
	return NULL;
}

static void fire(uint64_t records)
{
	const uint64_t args[12] = { records };

	if (probe_fire(probe.entry, 1, args)) {
		fprintf(stderr, "fire: %s\n", strerror(errno));
		broken = 1;
	}
}

/* From CPU 0: the program runs on CPU 1, in an interrupt. */
static void *interrupt(void *bursts)
{
	pin_to(0);
	for (unsigned long left = (uintptr_t)bursts; left && !broken; left--)
		fire(BURST);
	return NULL;
}

static void wait_until_read(void)
{
	uint64_t deadline = now_ns() + 2ull * LIMIT_MS * 1000000;

	while (!all_read() && now_ns() < deadline)
		sched_yield();
	broken |= !all_read();
}

static void redirect(unsigned long step)
{
	int to = rings[step % 2].fd;

	/* What is left in the other ring from a time without a poller must not make it seem that one was told. */
	if (ioctl(writing.fd, PERF_EVENT_IOC_SET_OUTPUT, to) || ioctl(waiting.fd, PERF_EVENT_IOC_SET_OUTPUT, to))
		broken = 1;
}

static int set_up(void)
{
	static const struct ring_options each = { .wakeup_events = 1 };
	struct epoll_event event = { .events = EPOLLIN | (is("edge") ? EPOLLET : 0) };
	sigset_t signals;

	if (ring_open(&rings[0], 1, PAGES, &each))
		return -1;
	if (is("alias") || is("moved"))
		if (ring_open(&waiting, 1, 0, &each) || ioctl(waiting.fd, PERF_EVENT_IOC_SET_OUTPUT, rings[0].fd))
			return -1;
	if (is("moved"))
		if (ring_open(&rings[1], 1, PAGES, &each) || ring_open(&writing, 1, 0, &each) ||
		    ioctl(writing.fd, PERF_EVENT_IOC_SET_OUTPUT, rings[0].fd))
			return -1;
	if (is("epoll") || is("edge")) {
		epoll = epoll_create1(EPOLL_CLOEXEC);
		if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, rings[0].fd, &event))
			return -1;
	}
	if (is("signal")) {
		/* Before any thread is there: it stays blocked in all of them. */
		signals_of_ring(&signals);
		sigprocmask(SIG_BLOCK, &signals, NULL);
		if (fcntl(rings[0].fd, F_SETOWN, getpid()) || fcntl(rings[0].fd, F_SETSIG, SIGRTMIN) ||
		    fcntl(rings[0].fd, F_SETFL, O_ASYNC))
			return -1;
	}
	return probe_set_ring(&probe, writing.fd >= 0 ? &writing : &rings[0]);
}

static int buffer_wakeup(int argc, char **argv)
{
	unsigned long steps, storm, waits_in_step, samples_in_step;
	pthread_t readers[2], interrupter;

	if (argc != 5 || probe_load(&probe, argv[1], "write_burst"))
		return 2;
	how = argv[2];
	steps = number(argv[3]);
	storm = number(argv[4]);
	if (set_up())
		return 2;
	pthread_create(&readers[0], NULL, read_on, (void *)1);
	if (is("two"))
		pthread_create(&readers[1], NULL, read_on, NULL);
	pin_to(1);
	for (unsigned long step = 0; step < steps && !broken; step++) {
		/* A signal is for a record; a reader that is told of one reads them all. */
		fire(is("signal") ? 1 : 1 + step % BURST);
		wait_until_read();
		if (is("moved"))
			redirect(step);
	}
	samples_in_step = samples;
	waits_in_step = waits;
	storming = 1;
	pthread_create(&interrupter, NULL, interrupt, (void *)storm);
	for (unsigned long step = 0; step < storm && !broken; step++)
		fire(BURST);
	pthread_join(interrupter, NULL);
	wait_until_read();
	done = 1;
	/* A sleeper is told that it is over by one record more; of two that wait, one may sleep on. */
	for (int i = 0; i < 1 + is("two"); i++)
		do
			fire(BURST);
		while (pthread_tryjoin_np(readers[i], NULL) && usleep(10000) == 0);
	printf("{\"broken\":%d,\"waitsInStep\":%lu,\"samplesInStep\":%lu,\"waits\":%lu,\"timeouts\":%lu,\"lost\":%lu,"
	       "\"samples\":%lu}\n", broken, waits_in_step, samples_in_step, waits, timeouts, lost, samples);
	return 0;
}
WORKLOAD_COMMAND("buffer-wakeup", buffer_wakeup);

/* What epoll has to say of the one event in it; 0: nothing in the time it has. */
static uint32_t told(int limit_ms)
{
	struct epoll_event event = { .events = 0 };

	return epoll_wait(epoll, &event, 1, limit_ms) == 1 ? event.events : 0;
}

/* To the ring of another event, or with -1 to none: ioctl(2) takes a long. */
static void send_output(long fd)
{
	if (ioctl(waiting.fd, PERF_EVENT_IOC_SET_OUTPUT, fd)) {
		fprintf(stderr, "output to %ld: %s\n", fd, strerror(errno));
		broken = 1;
	}
}

static int buffer_wakeup_joined(int argc, char **argv)
{
	static const struct ring_options each = { .wakeup_events = 1 };
	struct epoll_event edge = { .events = EPOLLIN | EPOLLET };
	unsigned long steps, hung_up = 0, early = 0, woken = 0;

	if (argc != 3 || probe_load(&probe, argv[1], "write_burst"))
		return 2;
	steps = number(argv[2]);
	epoll = epoll_create1(EPOLL_CLOEXEC);
	if (epoll < 0 || ring_open(&rings[0], 1, PAGES, &each) || ring_open(&waiting, 1, 0, &each) ||
	    probe_set_ring(&probe, &rings[0]) || epoll_ctl(epoll, EPOLL_CTL_ADD, waiting.fd, &edge))
		return 2;
	for (unsigned long step = 0; step < steps && woken == step && !broken; step++) {
		/* It has no ring, which is told once. */
		hung_up += told(LIMIT_MS) == EPOLLHUP;
		fire(BURST);
		early += told(0) != 0;
		send_output(rings[0].fd);
		fire(BURST);
		woken += (told(LIMIT_MS) & EPOLLIN) != 0;
		if (!read_rings()) {
			fprintf(stderr, "step %lu: nothing to read\n", step);
			broken = 1;
		}
		send_output(-1);
	}
	printf("{\"broken\":%d,\"hungUp\":%lu,\"early\":%lu,\"woken\":%lu}\n", broken, hung_up, early, woken);
	return 0;
}
WORKLOAD_COMMAND("buffer-wakeup-joined", buffer_wakeup_joined);
