// SPDX-License-Identifier: GPL-2.0
/* A function that replaces one of a raw tracepoint program runs wherever that one is called: it may not cross over itself. */
#include <linux/bpf.h>
#include <linux/dtrace.h>
#include <bpf/bpf_helpers.h>
#include "tail-call.h"

char LICENSE[] SEC("license") = "GPL";

DTRACE_ARRAY(progs, 4);

/* EINVAL */
SEC("freplace/replaceable")
int replacement(__u64 *ctx)
{
	bpf_tail_call_static(ctx, &progs, 0);
	return RETURN_FELL;
}
