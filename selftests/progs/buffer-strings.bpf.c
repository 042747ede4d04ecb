// SPDX-License-Identifier: GPL-2.0-only
/* Helpers write into the record itself, without a scratch area in between (D21). argv[0]: a user string's address. */
#include "buffer.h"

int strings(struct dtrace_bpf_context *ctx);
PROBES([0] = (void *)&strings);
ENTRY(write_strings, 0)

struct strings {
	char comm[16];
	char kernel[32];	/* KERNEL_TEXT */
	char user[64];
	__s64 kernel_length, user_length;
};

/* In a map: an address a program may give to bpf_probe_read_kernel_str(). */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, char[32]);
} text SEC(".maps");

SEC("dtrace")
int strings(struct dtrace_bpf_context *ctx)
{
	__u32 key = 0;
	const char *kernel = bpf_map_lookup_elem(&text, &key);
	const void *user = (void *)ctx->argv[0];
	struct strings *record;
	long error = bpf_buffer_reserve(ctx, BUF, &rings, sizeof(*record));

	record = (void *)ctx->buf;
	if ((void *)(record + 1) <= (void *)ctx->buf_end) {
		bpf_get_current_comm(record->comm, sizeof(record->comm));
		record->kernel_length = bpf_probe_read_kernel_str(record->kernel, sizeof(record->kernel), kernel);
		record->user_length = bpf_probe_read_user_str(record->user, sizeof(record->user), user);
	}
	bpf_buffer_commit(ctx, BUF, &rings);
	return error;
}
