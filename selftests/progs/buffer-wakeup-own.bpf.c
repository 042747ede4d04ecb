// SPDX-License-Identifier: GPL-2.0-only
/* Writes a record in place at each wake-up of a wait queue on CPU 1, until it has done so as often as it may. */
#include "buffer.h"

int record(struct dtrace_bpf_context *ctx);
PROBES([0] = (void *)&record);
ENTRY(write_record, 0)

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64[2]);	/* how often it may, how often it has */
} turns SEC(".maps");

SEC("kprobe")
int on_wake_up(void *ctx)
{
	__u32 zero = 0;
	__u64 *turn = bpf_map_lookup_elem(&turns, &zero);

	if (!turn || bpf_get_smp_processor_id() != 1 || turn[1] >= turn[0])
		return 0;
	turn[1]++;
	bpf_tail_call(ctx, &jmp, 0);
	return 0;
}

SEC("dtrace")
int record(struct dtrace_bpf_context *ctx)
{
	__u64 *data;
	long error = bpf_buffer_reserve(ctx, BUF, &rings, sizeof(*data));

	data = (void *)ctx->buf;
	if ((void *)(data + 1) <= (void *)ctx->buf_end)
		*data = 0;
	bpf_buffer_commit(ctx, BUF, &rings);
	return error;
}
