// SPDX-License-Identifier: GPL-2.0
/* A session runs one program at the entry and at the return; that one knows which it is, and has an action for each. */
#include <stdbool.h>
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <linux/dtrace.h>
#include <linux/version.h>
#include <bpf/bpf_helpers.h>
#include "arch.h"
#include "dtrace-sources.h"
#include "tail-call.h"

char LICENSE[] SEC("license") = "GPL";

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 3, 0)
extern bool bpf_session_is_return(void *ctx) __ksym;
#define IS_RETURN(ctx) bpf_session_is_return(ctx)
#else
extern bool bpf_session_is_return(void) __ksym;
#define IS_RETURN(ctx) bpf_session_is_return()
#endif

enum { SLOT_ENTRY, SLOT_RETURN, SLOTS };

DTRACE_ARRAY(progs, SLOTS);

__u32 target_pid SEC(".data.in");
__u32 unused SEC(".data.in");

struct view entry SEC(".data.entry");
struct view ret SEC(".data.return");

ACTION(at_entry, entry)
ACTION(at_return, ret)

#define SESSION(section, name)						\
	SEC(section)							\
	int name(void *ctx)						\
	{								\
		if (bpf_get_current_pid_tgid() >> 32 != target_pid)	\
			return 0;					\
		if (IS_RETURN(ctx))					\
			bpf_tail_call_static(ctx, &progs, SLOT_RETURN);	\
		else							\
			bpf_tail_call_static(ctx, &progs, SLOT_ENTRY);	\
		return 0;						\
	}

SESSION("kprobe.session", kprobe_session)
SESSION("?uprobe.session", uprobe_session)
SESSION("?fsession/ksys_mmap_pgoff", fsession)
SESSION("?fsession.multi", fsession_multi)
