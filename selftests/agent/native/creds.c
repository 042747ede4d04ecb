// SPDX-License-Identifier: GPL-2.0-only
/*
 * as: a process with credentials of its own makes system calls.
 *
 *   workload as [--userns] [--ids RUID,EUID,SUID,FSUID,RGID,EGID,SGID,FSGID] [--nice N] [--thread]
 *               [--cpu N] [--wait] [--times N] NR [ARG...]
 *
 * --userns   in a new user namespace whose ids 0..65535 are 100000..165535 outside
 * --thread   the calls are made by a second thread, so that tid and pid differ
 * --wait     the calls begin after a line on standard input, or its end
 *
 * Prints one JSON line about itself first (ids as seen inside, pid, tid, ppid, all in the first pid namespace), then
 * makes the calls, and exits with 0.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "native.h"

struct plan {
	int userns, thread, wait, cpu;
	uint32_t ids[8];
	int has_ids, nice, has_nice;
	uint64_t times, nr, args[6];
};

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		fail(path);
	close(fd);
}

/* The parent writes the maps: only it may map a range of other ids. */
static void enter_userns(void)
{
	int ready[2], go[2], status;
	char path[64], byte = 0;
	pid_t child;

	if (pipe(ready) || pipe(go))
		fail("pipe");
	child = fork();
	if (child < 0)
		fail("fork");
	if (child == 0) {
		if (unshare(CLONE_NEWUSER))
			fail("unshare");
		if (write(ready[1], &byte, 1) != 1 || read(go[0], &byte, 1) != 1)
			fail("pipe");
		close(ready[0]), close(ready[1]), close(go[0]), close(go[1]);
		return;
	}
	if (read(ready[0], &byte, 1) != 1)
		fail("child");
	snprintf(path, sizeof(path), "/proc/%d/uid_map", child);
	write_text(path, "0 100000 65536");
	snprintf(path, sizeof(path), "/proc/%d/gid_map", child);
	write_text(path, "0 100000 65536");
	if (write(go[1], &byte, 1) != 1)
		fail("pipe");
	waitpid(child, &status, 0);
	exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

static void become(const struct plan *p)
{
	const uint32_t *id = p->ids;

	/* Groups first, and the fs ids last: setres*id() overwrites them. */
	if (syscall(SYS_setresgid, id[4], id[5], id[6]))
		fail("setresgid");
	syscall(SYS_setfsgid, id[7]);
	if (syscall(SYS_setresuid, id[0], id[1], id[2]))
		fail("setresuid");
	syscall(SYS_setfsuid, id[3]);
}

static void *act(void *arg)
{
	const struct plan *p = arg;
	char line[8];

	/* Raw calls: glibc would change all threads. */
	if (p->has_ids)
		become(p);
	if (nat_pin(p->cpu))
		fail("sched_setaffinity");
	printf("{\"pid\":%d,\"tid\":%d,\"ppid\":%d,\"ids\":[%u,%u,%u,%d,%u,%u,%u,%d],\"nice\":%d,\"cpu\":%d}\n",
	       getpid(), gettid(), getppid(), p->ids[0], p->ids[1], p->ids[2], setfsuid(-1),
	       p->ids[4], p->ids[5], p->ids[6], setfsgid(-1), getpriority(PRIO_PROCESS, 0), sched_getcpu());
	fflush(stdout);
	if (p->wait && !fgets(line, sizeof(line), stdin))
		clearerr(stdin);
	for (uint64_t i = 0; i < p->times; i++)
		syscall(p->nr, p->args[0], p->args[1], p->args[2], p->args[3], p->args[4], p->args[5]);
	return NULL;
}

static int run_as(int argc, char **argv)
{
	static const struct option options[] = {
		{ "userns", no_argument, NULL, 'u' }, { "ids", required_argument, NULL, 'i' },
		{ "thread", no_argument, NULL, 't' }, { "nice", required_argument, NULL, 'n' },
		{ "cpu", required_argument, NULL, 'c' }, { "wait", no_argument, NULL, 'w' },
		{ "times", required_argument, NULL, 'x' }, { 0 },
	};
	struct plan p = { .cpu = -1, .times = 1 };
	pthread_t thread;
	int c;

	while ((c = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		switch (c) {
		case 'u': p.userns = 1; break;
		case 't': p.thread = 1; break;
		case 'w': p.wait = 1; break;
		case 'n': p.nice = atoi(optarg); p.has_nice = 1; break;
		case 'c': p.cpu = atoi(optarg); break;
		case 'x': p.times = strtoull(optarg, NULL, 0); break;
		case 'i':
			p.has_ids = sscanf(optarg, "%u,%u,%u,%u,%u,%u,%u,%u", &p.ids[0], &p.ids[1], &p.ids[2],
					   &p.ids[3], &p.ids[4], &p.ids[5], &p.ids[6], &p.ids[7]) == 8;
			if (!p.has_ids)
				return 2;
			break;
		default:
			return 2;
		}
	}
	if (optind >= argc)
		return 2;
	p.nr = strtoull(argv[optind], NULL, 0);
	for (int i = 0; i < 6 && optind + 1 + i < argc; i++)
		p.args[i] = strtoull(argv[optind + 1 + i], NULL, 0);
	if (p.userns)
		enter_userns();
	if (p.has_nice && setpriority(PRIO_PROCESS, 0, p.nice))
		fail("setpriority");
	if (!p.thread) {
		act(&p);
		return 0;
	}
	if (pthread_create(&thread, NULL, act, &p))
		fail("pthread_create");
	pthread_join(thread, NULL);
	return 0;
}
WORKLOAD_COMMAND("as", run_as);

/* spin SECONDS [CPU]: user time on one CPU, for clock events to interrupt. */
static int __attribute__((noreturn)) run_spin(int argc, char **argv)
{
	volatile uint64_t turns = 0;

	if (nat_pin(argc > 2 ? atoi(argv[2]) : -1))
		fail("sched_setaffinity");
	alarm(argc > 1 ? atoi(argv[1]) : 1);
	signal(SIGALRM, _exit);
	for (;;)
		turns = turns + 1;
}
WORKLOAD_COMMAND("spin", run_spin);
