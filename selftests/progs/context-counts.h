/* SPDX-License-Identifier: GPL-2.0-only */
/* What a program that forgets an unlock leaves behind: the CPU's preemption count, the task's depth of RCU readers. */
#ifndef CONTEXT_COUNTS_H
#define CONTEXT_COUNTS_H

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

/* x86 keeps "no need to reschedule" in the highest bit of the count. */
#define PREEMPT_COUNT 0x7fffffff

struct pcpu_hot {
	int preempt_count;
} __attribute__((preserve_access_index));

/* Only with CONFIG_PREEMPT_RCU. */
struct task_struct {
	int rcu_read_lock_nesting;
} __attribute__((preserve_access_index));

/* In Linux 6.12 the count is in the one, later in the other. */
extern const struct pcpu_hot pcpu_hot __ksym __weak;
extern const int __preempt_count __ksym __weak;

static __always_inline __s64 preempt_count(void)
{
	if (&pcpu_hot)
		return ((const struct pcpu_hot *)bpf_this_cpu_ptr(&pcpu_hot))->preempt_count & PREEMPT_COUNT;
	if (&__preempt_count)
		return *(const int *)bpf_this_cpu_ptr(&__preempt_count) & PREEMPT_COUNT;
	return -1;
}

static __always_inline __s64 rcu_depth(struct task_struct *task)
{
	return bpf_core_field_exists(task->rcu_read_lock_nesting) ? task->rcu_read_lock_nesting : 0;
}

#endif
