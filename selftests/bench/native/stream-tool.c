// SPDX-License-Identifier: GPL-2.0-only
/*
 * End to end with the real tool: tools/dtrace (BENCH_TOOL) attaches the programs and prints a line for each record,
 * which are counted here. What is measured ends with the last line, so that neither start nor end of the tool are in
 * it.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define MAX_REPETITIONS 101
#define FIRINGS 2000
/* Holds all firings of a repetition. */
#define PAGES "128"

static int start(const char *tool, const char *object, pid_t *pid)
{
	int lines[2], nowhere = open("/dev/null", O_RDWR);

	if (pipe(lines) || nowhere < 0)
		die("pipe");
	*pid = fork();
	if (*pid < 0)
		die("fork");
	if (!*pid) {
		pin_to_cpu(cpus_online() - 1);
		dup2(nowhere, STDIN_FILENO);
		dup2(lines[1], STDOUT_FILENO);
		close(lines[0]);
		execl(tool, tool, "-b", PAGES, object, NULL);
		die("exec of %s", tool);
	}
	close(lines[1]);
	close(nowhere);
	return lines[0];
}

static void wait_for_lines(int fd, int lines)
{
	static char text[1 << 16];

	while (lines > 0) {
		ssize_t got = read(fd, text, sizeof(text));

		if (got <= 0)
			die("the tool ended early");
		for (ssize_t at = 0; at < got; at++)
			lines -= text[at] == '\n';
	}
}

static void fire_and_wait(int fd)
{
	for (int shot = 0; shot < FIRINGS; shot++)
		syscall(SYS_getpgid, 0);
	wait_for_lines(fd, FIRINGS);
}

static void measure(const char *directory, const char *name, const char *source, int repetitions)
{
	const char *tool = getenv("BENCH_TOOL");
	uint64_t elapsed[MAX_REPETITIONS];
	char object[512];
	pid_t pid;
	int fd;

	snprintf(object, sizeof(object), "%s/%s.bpf.o", directory, name);
	if (!tool || access(object, R_OK))
		die("no tool, or no %s", object);
	fd = start(tool, object, &pid);
	/* The header comes when all is attached. */
	wait_for_lines(fd, 1);
	fire_and_wait(fd);
	for (int at = 0; at < repetitions; at++) {
		uint64_t begin = batch_begin();

		fire_and_wait(fd);
		elapsed[at] = batch_end(begin);
	}
	kill(pid, SIGINT);
	close(fd);
	waitpid(pid, NULL, 0);
	line_begin("stream", "dtrace tool");
	line_string("source", source);
	line_number("batch", FIRINGS);
	line_number("failed", 0);
	line_number("fired", (uint64_t)FIRINGS * repetitions);
	line_number("delivered", (uint64_t)FIRINGS * repetitions);
	line_number("lost", 0);
	line_array("elapsed", elapsed, repetitions);
	line_end();
}

void run_stream_tool(const char *directory, int repetitions)
{
	measure(directory, "tool-reserve", "dtrace", repetitions);
	measure(directory, "tool-output", "perf", repetitions);
}
