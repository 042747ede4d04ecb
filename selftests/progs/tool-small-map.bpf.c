// SPDX-License-Identifier: GPL-2.0-only
/* For tools/dtrace: a map of rings with one entry, on a machine with more CPUs; and a probe on each of them. */
#include "arch.h"
#include "tool.h"

DTRACE_ARRAY(actions, 1);

RINGS(buffers, __uint(max_entries, 1););

SEC("kprobe/" SYSCALL_FN(getpgid))
int entry(void *ctx)
{
	bpf_tail_call(ctx, &actions, 0);
	return 0;
}

SEC("dtrace/0")
int action(struct dtrace_bpf_context *ctx)
{
	return 0;
}
