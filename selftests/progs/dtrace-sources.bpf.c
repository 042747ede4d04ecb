// SPDX-License-Identifier: GPL-2.0
/* One action, and a caller for each source. The driver knows what has to arrive. */
#include <stdbool.h>
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <linux/dtrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/usdt.bpf.h>
#include "arch.h"
#include "dtrace-sources.h"
#include "tail-call.h"

char LICENSE[] SEC("license") = "GPL";

DTRACE_ARRAY(progs, 2);

__u32 target_pid SEC(".data.in");
__u32 unused SEC(".data.in");

struct view seen SEC(".data.seen");

/* By a caller that can be told it: its cookie, its second argument, and what the kernel has as its registers. */
struct {
	__u64 cookie, second, usdt_cookie;
	bpf_user_pt_regs_t regs;
} caller SEC(".data.caller");

ACTION(action, seen)

static __always_inline bool ours(void)
{
	return bpf_get_current_pid_tgid() >> 32 == target_pid;
}

#define SOURCE_WITH(section, name, look)				\
	SEC(section)							\
	int name(void *ctx)						\
	{								\
		if (!ours())						\
			return 0;					\
		caller.cookie = bpf_get_attach_cookie(ctx);		\
		look;							\
		bpf_tail_call_static(ctx, &progs, 0);			\
		return 0;						\
	}
#define SOURCE(section, name) SOURCE_WITH(section, name, )
#define READ_REGS(from) bpf_probe_read_kernel(&caller.regs, sizeof(caller.regs), from)
/* The context is the registers. */
#define PROBE(section, name) SOURCE_WITH(section, name, READ_REGS(ctx))

PROBE("kprobe", from_kprobe)
PROBE("kretprobe", from_kretprobe)
PROBE("kprobe.multi", from_kprobe_multi)
PROBE("kretprobe.multi", from_kretprobe_multi)
PROBE("kprobe.session", from_kprobe_session)
PROBE("uprobe", from_uprobe)
PROBE("uretprobe", from_uretprobe)
PROBE("uprobe.multi", from_uprobe_multi)
PROBE("uretprobe.multi", from_uretprobe_multi)
PROBE("?uprobe.session", from_uprobe_session)
SOURCE("fentry/ksys_mmap_pgoff", from_fentry)
SOURCE("fexit/ksys_mmap_pgoff", from_fexit)
SOURCE("?fsession/ksys_mmap_pgoff", from_fsession)
SOURCE("?fentry.multi", from_fentry_multi)
SOURCE("?fexit.multi", from_fexit_multi)
SOURCE("?fsession.multi", from_fsession_multi)
SOURCE("tp_btf/sched_process_exit", from_tp_btf)
SOURCE_WITH("raw_tp.w", from_raw_tp_w, caller.second = ((__u64 *)ctx)[1])

/* The record begins with a pointer to the registers, for the kernel's own use. */
SEC("tracepoint")
int from_tracepoint(void *ctx)
{
	void *regs = NULL;

	if (!ours())
		return 0;
	caller.cookie = bpf_get_attach_cookie(ctx);
	caller.second = (__u64)ctx;
	bpf_probe_read_kernel(&regs, sizeof(regs), ctx);
	READ_REGS(regs);
	bpf_tail_call_static(ctx, &progs, 0);
	return 0;
}

SEC("usdt")
int from_usdt(struct pt_regs *ctx)
{
	long second = 0;

	if (!ours())
		return 0;
	bpf_usdt_arg(ctx, 1, &second);
	caller.second = second;
	caller.usdt_cookie = bpf_usdt_cookie(ctx);
	caller.cookie = bpf_get_attach_cookie(ctx);
	READ_REGS(ctx);
	bpf_tail_call_static(ctx, &progs, 0);
	return 0;
}
