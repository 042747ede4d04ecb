// SPDX-License-Identifier: GPL-2.0-only
/* What a test changes about the agent's own thread, and the system calls it makes from it. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/poll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "native.h"

int nat_pin(int cpu)
{
	cpu_set_t set;

	if (cpu < 0)
		return 0;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set);
}

/* As many CPUs as there are. */
int nat_unpin(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set);
}

/* Effective capabilities of this thread only; what is permitted stays, so that they come back. */
int nat_caps_set(uint64_t effective, int all)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data))
		return -1;
	for (int i = 0; i < 2; i++)
		data[i].effective = all ? data[i].permitted : (uint32_t)(effective >> (32 * i)) & data[i].permitted;
	return syscall(SYS_capset, &header, data);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* out: value and errno of the last call, tid, elapsed ns. -1 when the thread cannot be pinned. */
int nat_syscall_loop(int64_t nr, const uint64_t *a, uint64_t times, int cpu, int64_t *out)
{
	cpu_set_t before;
	int64_t value = 0;
	uint64_t start;

	sched_getaffinity(0, sizeof(before), &before);
	if (nat_pin(cpu))
		return -1;
	start = now_ns();
	errno = 0;
	for (uint64_t i = 0; i < times; i++)
		value = syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	out[3] = now_ns() - start;
	out[0] = value;
	out[1] = value == -1 ? errno : 0;
	out[2] = syscall(SYS_gettid);
	if (cpu >= 0)
		sched_setaffinity(0, sizeof(before), &before);
	return 0;
}

/* ready[i] = 1 for each fd that is readable; number of those, or -1. */
int nat_poll(const int *fds, int *ready, unsigned int count, int timeout_ms)
{
	struct pollfd set[64];
	int n;

	if (count > 64) {
		errno = E2BIG;
		return -1;
	}
	for (unsigned int i = 0; i < count; i++)
		set[i] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
	n = poll(set, count, timeout_ms);
	for (unsigned int i = 0; i < count; i++)
		ready[i] = (set[i].revents & (POLLIN | POLLHUP)) != 0;
	return n;
}

int nat_ioctl(int fd, uint64_t request, uint64_t arg)
{
	return ioctl(fd, request, arg);
}
