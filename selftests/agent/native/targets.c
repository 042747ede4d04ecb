// SPDX-License-Identifier: GPL-2.0-only
/* Functions to put uprobes on. */
#include <stdio.h>
#include <stdlib.h>
#include "native.h"

static volatile uint64_t sink;

PROBE_TARGET uint64_t uprobe_six(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f)
{
	sink = a ^ b ^ c ^ d ^ e ^ f;
	return sink;
}

PROBE_TARGET uint64_t uprobe_plain(uint64_t value)
{
	sink = value;
	return sink + 1;
}

/*
 * A USDT probe selftests:two with two arguments, as SystemTap's <sys/sdt.h> would describe it: a nop, and a note with
 * its address, a base to tell by how much the file was moved, no semaphore, and where the arguments are.
 */
PROBE_TARGET uint64_t usdt_two(uint64_t first, uint64_t second)
{
	asm volatile("990: nop\n"
		     ".pushsection .note.stapsdt,\"\",\"note\"\n"
		     ".balign 4\n"
		     ".4byte 992f-991f, 994f-993f, 3\n"
		     "991: .asciz \"stapsdt\"\n"
		     "992: .balign 4\n"
		     "993: .8byte 990b\n"
		     ".8byte _.stapsdt.base\n"
		     ".8byte 0\n"
		     ".asciz \"selftests\"\n"
		     ".asciz \"two\"\n"
		     ".asciz \"8@%0 8@%1\"\n"
		     "994: .balign 4\n"
		     ".popsection\n"
		     ".ifndef _.stapsdt.base\n"
		     ".pushsection .stapsdt.base,\"aG\",\"progbits\",.stapsdt.base,comdat\n"
		     ".weak _.stapsdt.base\n"
		     ".hidden _.stapsdt.base\n"
		     "_.stapsdt.base: .space 1\n"
		     ".size _.stapsdt.base, 1\n"
		     ".popsection\n"
		     ".endif\n" :: "r"(first), "r"(second));
	sink = first ^ second;
	return sink;
}

/* Calls uprobe_plain `times` times on one CPU; the value is the number of the call. */
uint64_t nat_call_plain(uint64_t times, int cpu)
{
	uint64_t value = 0;

	if (nat_pin(cpu))
		return 0;
	for (uint64_t i = 0; i < times; i++)
		value = uprobe_plain(i);
	return value;
}

/* uprobes TIMES [CPU] */
static int run_uprobes(int argc, char **argv)
{
	uint64_t times = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;

	if (nat_pin(argc > 2 ? atoi(argv[2]) : -1)) {
		perror("sched_setaffinity");
		return 1;
	}
	for (uint64_t i = 0; i < times; i++)
		uprobe_six(0x1111, 0x2222, 0x3333, 0x4444, 0x5555, i);
	return 0;
}
WORKLOAD_COMMAND("uprobes", run_uprobes);
