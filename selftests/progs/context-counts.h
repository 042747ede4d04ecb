/* SPDX-License-Identifier: GPL-2.0-only */
/* What a program that forgets an unlock leaves behind: the CPU's preemption count, the task's depth of RCU readers. */
#ifndef CONTEXT_COUNTS_H
#define CONTEXT_COUNTS_H

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

/* Only with CONFIG_PREEMPT_RCU: the depth. */
#if defined(__TARGET_ARCH_arm64)

/* The count is a task's own; "no need to reschedule" is the upper half. */
struct thread_info {
	__u64 preempt_count;
} __attribute__((preserve_access_index));

struct task_struct {
	struct thread_info thread_info;
	int rcu_read_lock_nesting;
} __attribute__((preserve_access_index));

static __always_inline __s64 preempt_count(void)
{
	struct task_struct *task = (void *)bpf_get_current_task_btf();

	return (__u32)task->thread_info.preempt_count;
}

#else

/* x86 keeps "no need to reschedule" in the highest bit of the count. */
#define PREEMPT_COUNT 0x7fffffff

struct pcpu_hot {
	int preempt_count;
} __attribute__((preserve_access_index));

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

#endif

static __always_inline __s64 rcu_depth(struct task_struct *task)
{
	return bpf_core_field_exists(task->rcu_read_lock_nesting) ? task->rcu_read_lock_nesting : 0;
}

#endif
