// SPDX-License-Identifier: GPL-2.0-only
/*
 * For tools/dtrace: each getpgid() by a process called tool-burst is 200 records of 120 bytes, a burst that a ring of
 * one page cannot take. `buffers` and `failed` are there, `self` is not: it is optional.
 */
#include <linux/errno.h>
#include "arch.h"
#include "tool.h"

DTRACE_ARRAY(actions, 4);

RINGS(buffers);

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} failed SEC(".maps");

/* The tool's own format, struct dt_record: magic, version, size, and 112 bytes more. */
struct burst {
	__u16 magic, version;
	__u32 size;
	char rest[112];
};

SEC("kprobe/" SYSCALL_FN(getpgid))
int entry(void *ctx)
{
	char comm[16];

	if (bpf_get_current_comm(comm, sizeof(comm)) || __builtin_memcmp(comm, "tool-burst", 11))
		return 0;
	bpf_tail_call(ctx, &actions, 3);
	return 0;
}

SEC("dtrace/3")
int action(struct dtrace_bpf_context *ctx)
{
	__u32 key = 0;
	__u64 *cnt = bpf_map_lookup_elem(&failed, &key);

	if (!cnt)
		return 0;
	for (int i = 0; i < 200; i++) {
		struct burst *burst;
		long err;

		err = bpf_buffer_reserve(ctx, DTRACE_BUF_ID, &buffers, sizeof(*burst));
		burst = (void *)ctx->buf;
		if ((void *)(burst + 1) <= (void *)ctx->buf_end) {
			burst->magic = 0xdace;
			burst->version = 1;
			burst->size = sizeof(*burst);
		}
		bpf_buffer_commit(ctx, DTRACE_BUF_ID, &buffers);
		if (err && err != -ENOSPC)
			__sync_fetch_and_add(cnt, 1);
	}
	return 0;
}
