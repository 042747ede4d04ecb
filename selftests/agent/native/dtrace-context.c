// SPDX-License-Identifier: GPL-2.0-only
/*
 * until-eof CPU: a process that sleeps until the end of standard input, and ends. Prints its pid first.
 *
 * overlay-stat DIR UID: a user looks at a file on an overlay that root has mounted. Down in the file system below, the
 * kernel acts with root's credentials: what the process itself is shows only in its real ones.
 *
 * Prints its pid, waits for the end of standard input, calls stat(2). Mounts are in a namespace of its own.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "native.h"

static int broken(const char *what)
{
	perror(what);
	return 1;
}

static void wait_for_eof(void)
{
	char line[8];

	printf("%d\n", getpid());
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin))
		;
}

static int run_until_eof(int argc, char **argv)
{
	if (argc != 2 || nat_pin(atoi(argv[1])))
		return 2;
	wait_for_eof();
	return 0;
}
WORKLOAD_COMMAND("until-eof", run_until_eof);

static int run_overlay_stat(int argc, char **argv)
{
	static const char options[] = "lowerdir=lower,upperdir=upper,workdir=work";
	struct stat st;
	int fd;

	if (argc != 3)
		return 2;
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return broken("unshare");
	if (mkdir(argv[1], 0755) || mount("overlay-stat", argv[1], "tmpfs", 0, "mode=755") || chdir(argv[1]))
		return broken(argv[1]);
	if (mkdir("lower", 0755) || mkdir("upper", 0755) || mkdir("work", 0755) || mkdir("merged", 0755))
		return broken("mkdir");
	fd = open("lower/file", O_CREAT | O_WRONLY, 0644);
	if (fd < 0 || close(fd))
		return broken("lower/file");
	if (mount("overlay-stat", "merged", "overlay", 0, options))
		return broken("overlay");
	if (syscall(SYS_setresuid, atoi(argv[2]), atoi(argv[2]), atoi(argv[2])))
		return broken("setresuid");
	wait_for_eof();
	return stat("merged/file", &st) ? broken("stat") : 0;
}
WORKLOAD_COMMAND("overlay-stat", run_overlay_stat);
