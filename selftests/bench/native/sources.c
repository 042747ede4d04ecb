// SPDX-License-Identifier: GPL-2.0-only
/* The four kinds of probe, and how each is made to fire exactly once. */
#define _GNU_SOURCE
#include <linux/perf_event.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sources.h"

#define PAGE 4096u

static void call(void)
{
	syscall(SYS_getpgid, 0);
}

/* A page fault is a software event; the page is given back so that the next touch faults again. */
static void fault(void)
{
	static char *page;

	if (!page)
		page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	*(volatile char *)page = 1;
	madvise(page, PAGE, MADV_DONTNEED);
}

const struct source sources[] = {
	{ "kprobe", call },
	{ "raw_tp", call },
	{ "tracepoint", call },
	{ "perf_event", fault },
};
const int source_count = sizeof(sources) / sizeof(*sources);

struct bpf_link *source_attach(struct bpf_program *program)
{
	struct bpf_link *link;

	if (bpf_program__type(program) == BPF_PROG_TYPE_PERF_EVENT) {
		struct perf_event_attr attr = {
			.type = PERF_TYPE_SOFTWARE,
			.size = sizeof(attr),
			.config = PERF_COUNT_SW_PAGE_FAULTS,
			.sample_period = 1,
		};
		int fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);

		if (fd < 0)
			die("perf_event_open of page faults");
		link = bpf_program__attach_perf_event(program, fd);
	} else {
		link = bpf_program__attach(program);
	}
	if (!link)
		die("attach %s", bpf_program__name(program));
	return link;
}
