// SPDX-License-Identifier: GPL-2.0-only
/* argv[0] bytes of what user space has put into `source`, by bpf_perf_event_output() to two rings of one CPU. */
#include "buffer.h"

struct data {
	__u8 bytes[LARGEST_DATA];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct data);
} source SEC(".maps");

SEC("raw_tp")
int write_output(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 size = ctx->args[0];
	__u32 key = 0;
	struct data *data = bpf_map_lookup_elem(&source, &key);
	long error;

	if (!data || size > sizeof(data->bytes))
		return -1;
	/* Compilers make one comparison of both, of which Linux 6.12 draws no upper bound. */
	asm volatile("" : "+r"(size));
	if (size == 0)
		return -1;
	error = bpf_perf_event_output(ctx, &rings, 0, data, size);
	return error ? error : bpf_perf_event_output(ctx, &rings, 1, data, size);
}
