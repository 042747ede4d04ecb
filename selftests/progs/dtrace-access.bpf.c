// SPDX-License-Identifier: GPL-2.0
/*
 * Where the header puts the fields of a context, for a driver that tries all accesses there could be; and a program for
 * each way to misuse the fields that are pointers, the message above it.
 */
#include <stddef.h>
#include <linux/bpf.h>
#include <linux/dtrace.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct task_struct {
	int pid;
} __attribute__((preserve_access_index));

enum { WHOLE, NARROW, OTHER };

#define FIELD(name, rule)									\
	{ offsetof(struct dtrace_bpf_context, name), sizeof(((struct dtrace_bpf_context *)0)->name), rule }

/* Offset, size, and whether parts may be read; argv and regs are arrays of words. The buffer has a topic of its own. */
const volatile __u32 layout[][3] SEC(".rodata.layout") = {
	FIELD(ecb_id, NARROW), FIELD(probe_id, NARROW), FIELD(task, WHOLE), FIELD(state, NARROW),
	FIELD(prio, NARROW), FIELD(cpu, NARROW), FIELD(tid, NARROW), FIELD(pid, NARROW), FIELD(ppid, NARROW),
	FIELD(uid, NARROW), FIELD(gid, NARROW), FIELD(euid, NARROW), FIELD(egid, NARROW), FIELD(kind, NARROW),
	FIELD(argv, NARROW), FIELD(retval, NARROW), FIELD(regs, WHOLE),
	{ sizeof(struct dtrace_bpf_context), 0, OTHER },
};

/* Loads, so that the layout can be had. */
SEC("dtrace")
int touch_layout(struct dtrace_bpf_context *ctx)
{
	return layout[0][0];
}

/* EACCES: the task pointer is a pointer to the kernel's struct, and read-only. */
SEC("?dtrace")
int write_to_task(struct dtrace_bpf_context *ctx)
{
	struct task_struct *task = (void *)ctx->task;

	task->pid = 1;
	return 0;
}

/* EACCES: nothing is known about what an argument points to. */
SEC("?dtrace")
int follow_argument(struct dtrace_bpf_context *ctx)
{
	return *(__u32 *)ctx->argv[0];
}

/* EACCES: context pointers do not move. */
SEC("?dtrace")
int variable_offset(struct dtrace_bpf_context *ctx)
{
	return *(__u32 *)((void *)ctx + (ctx->cpu & 4));
}
