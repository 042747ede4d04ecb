// SPDX-License-Identifier: GPL-2.0-only
/*
 * A raw tracepoint fires inside bpf_trace_printk(), which OUTER calls with its record open: nested writers on demand.
 * Timer interrupts (perf events) come by themselves. argv: plan, user address of data_head, steps to spin, bytes that
 * OUTER reserves (0: those of its record).
 */
#include "buffer.h"
#include "buffer-nested.h"
#include "can-loop.h"

int outer(struct dtrace_bpf_context *ctx);
int inner(struct dtrace_bpf_context *ctx);
int tick(struct dtrace_bpf_context *ctx);
PROBES([0] = (void *)&outer, [1] = (void *)&inner, [2] = (void *)&tick);
ENTRY(write_outer, 0)

/* One element for each CPU: all writers of a ring run on its CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, struct nested_count);
} counts SEC(".maps");

volatile __u64 inner_plan;

static struct nested_count *count_here(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&counts, &cpu);
}

static __always_inline void describe(struct nested_record *record, __u64 source, __u64 sequence)
{
	record->source = source;
	record->sequence = sequence;
	for (int i = 0; i < 6; i++)
		record->words[i] = nested_word(source, sequence, i);
}

/* An interrupt may take numbers of its own source only. */
static __always_inline void output(void *ctx, struct nested_count *count, __u64 source)
{
	struct nested_record record;

	describe(&record, source, count->written[source]);
	if (bpf_perf_event_output(ctx, &rings, BPF_F_CURRENT_CPU, &record, sizeof(record)))
		count->failed[source]++;
	else
		count->written[source]++;
}

static __always_inline void reserve_and_commit(struct dtrace_bpf_context *ctx, struct nested_count *count, __u64 source,
					       int discard)
{
	struct nested_record *record;
	int filled = 0;

	bpf_buffer_reserve(ctx, BUF, &rings, sizeof(*record));
	record = (void *)ctx->buf;
	if ((void *)(record + 1) <= (void *)ctx->buf_end) {
		describe(record, source, count->written[source]);
		filled = 1;
	}
	if (discard) {
		bpf_buffer_discard(ctx, BUF, &rings);
		count->discarded += filled;
		return;
	}
	bpf_buffer_commit(ctx, BUF, &rings);
	if (filled)
		count->written[source]++;
	else
		count->failed[source]++;
}

SEC("raw_tp/bpf_trace_printk")
int on_printk(void *ctx)
{
	struct nested_count *count = count_here();

	if (!count || !count->open)
		return 0;
	count->nested++;
	if (inner_plan != PLAN_DISCARD_BOTH)
		output(ctx, count, NESTED_OUTPUT);
	bpf_tail_call(ctx, &jmp, 1);
	count->failed[NESTED_INNER]++;
	return 0;
}

SEC("dtrace")
int inner(struct dtrace_bpf_context *ctx)
{
	struct nested_count *count = count_here();

	if (count)
		reserve_and_commit(ctx, count, NESTED_INNER,
				   inner_plan == PLAN_DISCARD_INNER || inner_plan == PLAN_DISCARD_BOTH);
	return 0;
}

SEC("perf_event")
int on_tick(void *ctx)
{
	struct nested_count *count = count_here();

	if (count) {
		count->inside += count->open != 0;
		bpf_tail_call(ctx, &jmp, 2);
		count->failed[NESTED_TICK]++;
	}
	return 0;
}

SEC("dtrace")
int tick(struct dtrace_bpf_context *ctx)
{
	struct nested_count *count = count_here();

	if (count)
		reserve_and_commit(ctx, count, NESTED_TICK, 0);
	return 0;
}

SEC("perf_event")
int on_tick_output(void *ctx)
{
	struct nested_count *count = count_here();

	if (count) {
		count->inside += count->open != 0;
		output(ctx, count, NESTED_TICK_OUTPUT);
	}
	return 0;
}

static __always_inline void spin(__u64 steps)
{
	for (__u64 i = 0; i < steps && can_loop; i++)
		barrier();
}

static __always_inline __u64 head_now(__u64 address)
{
	__u64 head = 0;

	bpf_probe_read_user(&head, sizeof(head), (void *)address);
	return head;
}

SEC("dtrace")
int outer(struct dtrace_bpf_context *ctx)
{
	struct nested_count *count = count_here();
	__u64 plan = ctx->argv[0], address = ctx->argv[1], steps = ctx->argv[2], size = ctx->argv[3], sequence;
	struct nested_record *record;
	int filled = 0;

	if (!count)
		return -1;
	sequence = count->written[NESTED_OUTER];
	count->head_before = head_now(address);
	bpf_buffer_reserve(ctx, BUF, &rings, size ? size : sizeof(*record));
	count->open = 1;
	count->head_reserved = head_now(address);
	record = (void *)ctx->buf;
	if ((void *)(record + 1) <= (void *)ctx->buf_end) {
		record->source = ~0ull;
		record->sequence = ~0ull;
		filled = 1;
	}
	if (plan == PLAN_COMMIT || plan == PLAN_DISCARD || plan == PLAN_DISCARD_INNER || plan == PLAN_DISCARD_BOTH) {
		bpf_printk("nested");
		bpf_printk("again");
	} else if (plan == PLAN_SPIN) {
		spin(steps);
	}
	count->head_open = head_now(address);
	/* The content comes last: a record published before its commit is seen to be torn. */
	if (filled && (void *)(record + 1) <= (void *)ctx->buf_end)
		describe(record, NESTED_OUTER, sequence);
	count->open = 0;
	if (plan == PLAN_DISCARD || plan == PLAN_DISCARD_ALONE || plan == PLAN_DISCARD_BOTH) {
		bpf_buffer_discard(ctx, BUF, &rings);
		count->discarded += filled;
	} else {
		bpf_buffer_commit(ctx, BUF, &rings);
		if (filled)
			count->written[NESTED_OUTER]++;
		else
			count->failed[NESTED_OUTER]++;
	}
	count->head_after = head_now(address);
	return !filled;
}
