// SPDX-License-Identifier: GPL-2.0-only
/* Runs long enough to be asked to move to another CPU, and returns the one it has been on. */
#include <linux/bpf.h>
#include <linux/dtrace.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

static long nothing(__u32 i, void *data)
{
	return 0;
}

SEC("dtrace")
int takes_its_time(struct dtrace_bpf_context *ctx)
{
	bpf_loop(1 << 16, nothing, NULL, 0);
	return ctx->cpu;
}
