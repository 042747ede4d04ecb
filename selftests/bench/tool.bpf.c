// SPDX-License-Identifier: GPL-2.0-only
/*
 * For tools/dtrace, which prints what it gets: a record for each firing of a kprobe. Without OUTPUT the DTRACE program
 * writes it in place; with, it is filled in scratch memory and copied by bpf_perf_event_output().
 */
#include <linux/types.h>
#include <linux/bpf.h>
#include <linux/dtrace.h>
#include <bpf/bpf_helpers.h>

#include "dt_record.h"
#include "maps.bpf.h"

char _license[] SEC("license") = "GPL";

#define BUF_ID __builtin_offsetof(struct dtrace_bpf_context, buf)

DTRACE_PROGS(actions, 1);
PERF_RING(buffers);
SCRATCH(BPF_MAP_TYPE_PERCPU_ARRAY, percpu_scratch, struct dt_record);

static __always_inline void describe(struct dtrace_bpf_context *ctx, struct dt_record *record)
{
	record->magic = DT_RECORD_MAGIC;
	record->version = DT_RECORD_VERSION;
	record->size = sizeof(*record);
	record->time_ns = bpf_ktime_get_ns();
	record->ecb_id = 0;
	record->probe_id = 0;
	record->kind = ctx->kind;
	record->cpu = ctx->cpu;
	record->pid = ctx->pid;
	record->tid = ctx->tid;
	record->ppid = ctx->ppid;
	record->uid = ctx->uid;
	record->euid = ctx->euid;
	record->egid = ctx->egid;
	for (int at = 0; at < DT_RECORD_ARGC; at++)
		record->argv[at] = ctx->argv[at];
	bpf_get_current_comm(record->comm, sizeof(record->comm));
}

SEC("kprobe/__x64_sys_getpgid")
int probe(void *ctx)
{
	bpf_tail_call_static(ctx, &actions, 0);
	return 0;
}

SEC("dtrace/0")
int action(struct dtrace_bpf_context *ctx)
{
#ifdef OUTPUT
	__u32 key = 0;
	struct dt_record *record = bpf_map_lookup_elem(&percpu_scratch, &key);

	if (!record)
		return 0;
	describe(ctx, record);
	bpf_perf_event_output(ctx, &buffers, BPF_F_CURRENT_CPU, record, sizeof(*record));
#else
	struct dt_record *record;

	bpf_buffer_reserve(ctx, BUF_ID, &buffers, sizeof(*record));
	record = (void *)(long)ctx->buf;
	if ((void *)(record + 1) <= (void *)(long)ctx->buf_end)
		describe(ctx, record);
	bpf_buffer_commit(ctx, BUF_ID, &buffers);
#endif
	return 0;
}
