// SPDX-License-Identifier: GPL-2.0-only
/* argv[0] numbered records (32 at most), one in sixteen discarded; the counts say what the reader has to find. */
#include "buffer.h"
#include "buffer-order.h"

int burst(struct dtrace_bpf_context *ctx);
PROBES([0] = (void *)&burst);
ENTRY(write_burst, 0)

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, ORDER_CPUS);
	__type(key, __u32);
	__type(value, struct order_count);
} counts SEC(".maps");

static __always_inline void one(struct dtrace_bpf_context *ctx, struct order_count *count)
{
	__u64 tries = count->tries++, sequence = count->sequence;
	__u32 size = order_size(tries);
	long error = bpf_buffer_reserve(ctx, BUF, &rings, size);
	struct order_record *record = (void *)ctx->buf;
	__u64 at = size - sizeof(__u64), *last;
	int complete = 0;

	/* One addition: clang would add the size and go back eight, and before the buffer is nothing to be proven. */
	barrier_var(at);
	last = (void *)record + at;

	if (error == 0 && order_discards(tries))
		sequence = ORDER_DISCARDED;
	if ((void *)(record + 1) <= (void *)ctx->buf_end) {
		record->sequence = sequence;
		record->size = size;
		record->check = ~sequence;
		complete = 1;
	}
	if (complete && (void *)(last + 1) <= (void *)ctx->buf_end)
		*last = order_last(sequence, size);
	else
		complete = 0;
	if (sequence == ORDER_DISCARDED && error == 0 && order_discards(tries)) {
		bpf_buffer_discard(ctx, BUF, &rings);
		count->discarded++;
	} else {
		bpf_buffer_commit(ctx, BUF, &rings);
		count->sequence++;
	}
	if (error == -28)
		count->full++;
	else if (error)
		count->failed++;
	if (complete != (error == 0))
		count->wild++;
}

SEC("dtrace")
int burst(struct dtrace_bpf_context *ctx)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct order_count *count = bpf_map_lookup_elem(&counts, &cpu);
	__u64 records = ctx->argv[0];
	int i;

	if (!count)
		return -1;
	for (i = 0; i < 32 && i < records; i++)
		one(ctx, count);
	return 0;
}
