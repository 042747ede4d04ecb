// SPDX-License-Identifier: GPL-2.0
/* One action, and a caller for each source that is not a plain probe. The driver knows what has to arrive. */
#include <stdbool.h>
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <linux/dtrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/usdt.bpf.h>
#include "tail-call.h"

char LICENSE[] SEC("license") = "GPL";

#define ARGS 6

DTRACE_ARRAY(progs, 2);

__u32 target_pid SEC(".data.in");
__u32 unused SEC(".data.in");

struct {
	__u64 fired, kind, retval, cookie;
	__u64 argv[ARGS];
	/* Of the first firing; kind is of the last one, as the others are. */
	__u64 first;
	/* By a caller that can be told what it is: its second USDT argument. */
	__u64 usdt;
} seen SEC(".data.seen");

/* Not 0: nothing but this program knows what that means. */
SEC("dtrace")
int action(struct dtrace_bpf_context *ctx)
{
	if (!seen.fired++)
		seen.first = ctx->kind;
	seen.kind = ctx->kind;
	seen.retval = ctx->retval;
	seen.cookie = bpf_get_attach_cookie(ctx);
#pragma unroll
	for (int i = 0; i < ARGS; i++)
		seen.argv[i] = ctx->argv[i];
	return 1;
}

#define SOURCE(section, name)						\
	SEC(section)							\
	int name(void *ctx)						\
	{								\
		if (bpf_get_current_pid_tgid() >> 32 == target_pid)	\
			bpf_tail_call_static(ctx, &progs, 0);		\
		return 0;						\
	}

SOURCE("kprobe.multi", from_kprobe_multi)
SOURCE("kretprobe.multi", from_kretprobe_multi)
SOURCE("kprobe.session", from_kprobe_session)
SOURCE("uprobe.multi", from_uprobe_multi)
SOURCE("uretprobe.multi", from_uretprobe_multi)
SOURCE("fentry/ksys_mmap_pgoff", from_fentry)
SOURCE("fexit/ksys_mmap_pgoff", from_fexit)
SOURCE("?fsession/ksys_mmap_pgoff", from_fsession)
SOURCE("?fentry.multi", from_fentry_multi)
SOURCE("?fexit.multi", from_fexit_multi)
SOURCE("?fsession.multi", from_fsession_multi)
SOURCE("tp_btf/sched_process_exit", from_tp_btf)
SOURCE("raw_tp.w", from_raw_tp_w)

SEC("usdt")
int from_usdt(struct pt_regs *ctx)
{
	long second = 0;

	if (bpf_get_current_pid_tgid() >> 32 != target_pid)
		return 0;
	bpf_usdt_arg(ctx, 1, &second);
	seen.usdt = second;
	bpf_tail_call_static(ctx, &progs, 0);
	return 0;
}
