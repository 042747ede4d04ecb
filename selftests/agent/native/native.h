/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DTRACE_SELFTESTS_NATIVE_H
#define DTRACE_SELFTESTS_NATIVE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Every .c file here goes into a shared library (called by the agent through
 * koffi) and into a program with subcommands. What the library offers is
 * prefixed nat_ or is a probe target named by a test.
 */
struct workload_command {
	const char *name;
	int (*run)(int argc, char **argv);
};

#define WORKLOAD_COMMAND(NAME, FUNCTION)					\
	static const struct workload_command workload_command_##FUNCTION	\
	__attribute__((used, section("workload_commands"))) = { NAME, FUNCTION }

/* Kept visible to uprobes: not inlined, not cloned, arguments not dropped. */
#define PROBE_TARGET __attribute__((noinline, noclone, used, visibility("default")))

/* Pins the calling thread; negative: leave it alone. 0 or -1 with errno. */
int nat_pin(int cpu);

/* Raw perf ring access, acquire/release as perf's ABI asks. */
uint64_t nat_ring_read(void *base, void *out, uint64_t room, int consume, uint64_t *start);

#endif
