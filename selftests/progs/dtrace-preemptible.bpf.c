// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sources whose programs another task may preempt: raw tracepoints where RCU is preemptible, and tracepoints of
 * system calls where they may fault. A kprobe has preemption disabled everywhere.
 */
#include <stdbool.h>
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include "arch.h"
#include "buffer.h"
#include "tail-call.h"

/* Behind the header of the record, the number and a hole. */
#define FIRST_ARG	16

DTRACE_ARRAY(jmp, 3);
ECB_MAP(ecbs, BPF_MAP_TYPE_PERCPU_ARRAY, struct dtrace_ecb, 1);

__u32 target_pid SEC(".data.in");

/* By kind of probe: what the helper returned before and while a record was open, and the ids that were there then. */
struct {
	__s64 before, open;
	__u32 id, probe_id;
	__u64 runs;
} seen[8];

#define LEAVES_IDS(name, section, context, wanted)			\
	SEC(section)							\
	int name(context *ctx)						\
	{								\
		struct dtrace_ecb ecb = { .id = 91, .probe_id = 92 };	\
		__u32 zero = 0;						\
									\
		if (bpf_get_current_pid_tgid() >> 32 != target_pid || !(wanted)) \
			return 0;					\
		bpf_map_update_elem(&ecbs, &zero, &ecb, BPF_ANY);	\
		bpf_tail_call_static(ctx, &jmp, 0);			\
		return 0;						\
	}
LEAVES_IDS(ids_from_kprobe, "?kprobe/" SYSCALL_FN(getpgid), struct pt_regs, true)
LEAVES_IDS(ids_from_tracepoint, "?tracepoint/syscalls/sys_enter_getpgid", void, true)
LEAVES_IDS(ids_from_raw_tp, "?raw_tp/sys_enter", struct bpf_raw_tracepoint_args, ctx->args[1] == NR_GETPGID)

SEC("?dtrace")
int looks_for_ids(struct dtrace_bpf_context *ctx)
{
	__u32 kind = ctx->kind & 7;
	__s64 before = bpf_finalize_context(ctx, &ecbs), open;

	bpf_buffer_reserve(ctx, BUF, &rings, 8);
	open = bpf_finalize_context(ctx, &ecbs);
	bpf_buffer_discard(ctx, BUF, &rings);
	seen[kind].before = before;
	seen[kind].open = open;
	seen[kind].id = ctx->ecb_id;
	seen[kind].probe_id = ctx->probe_id;
	seen[kind].runs++;
	return 0;
}

struct record {
	__u64 kind, arg, count;
};
__u64 counts[2] SEC(".data.counts");

static __always_inline void write(struct dtrace_bpf_context *ctx, __u64 arg, __u64 *count, bool nests)
{
	static const char text[] = "n";
	struct record *record;

	bpf_buffer_reserve(ctx, BUF, &rings, sizeof(*record));
	/* Another probe fires in here. */
	if (nests)
		bpf_trace_printk(text, sizeof(text));
	record = (void *)ctx->buf;
	if ((void *)(record + 1) <= (void *)ctx->buf_end) {
		record->kind = ctx->kind;
		record->arg = arg;
		record->count = (*count)++;
	}
	bpf_buffer_commit(ctx, BUF, &rings);
}

#define ENTERS(name, section, slot)						\
	SEC(section)								\
	int name(void *ctx)							\
	{									\
		if (bpf_get_current_pid_tgid() >> 32 == target_pid)		\
			bpf_tail_call_static(ctx, &jmp, slot);			\
		return 0;							\
	}
ENTERS(enter_tracepoint, "?tracepoint/syscalls/sys_enter_getpgid", 1)
ENTERS(enter_inside, "?kprobe/bpf_bprintf_prepare", 2)

SEC("?dtrace")
int writes_outside(struct dtrace_bpf_context *ctx)
{
	__u64 arg = 0;

	bpf_probe_read_kernel(&arg, sizeof(arg), (void *)(ctx->argv[0] + FIRST_ARG));
	write(ctx, arg, &counts[0], true);
	return 0;
}

SEC("?dtrace")
int writes_inside(struct dtrace_bpf_context *ctx)
{
	write(ctx, 0, &counts[1], false);
	return 0;
}
