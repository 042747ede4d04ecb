// SPDX-License-Identifier: GPL-2.0-only
/* workload tool-burst TIMES: under the name that progs/tool-burst.bpf.c looks for, getpgid() on each CPU in turn. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/prctl.h>
#include "native.h"

static int tool_burst(int argc, char **argv)
{
	int cpus = sysconf(_SC_NPROCESSORS_ONLN), times = argc == 2 ? atoi(argv[1]) : 0;

	if (times <= 0)
		return 2;
	prctl(PR_SET_NAME, "tool-burst");
	for (int i = 0; i < times; i++) {
		nat_pin(i % cpus);
		if (getpgid(0) < 0)
			return 1;
	}
	printf("%d\n", getpid());
	return 0;
}
WORKLOAD_COMMAND("tool-burst", tool_burst);
