// SPDX-License-Identifier: GPL-2.0
/* Programs that were compiled with a header that has fewer fields than the kernel's, and with one that has more. */
#include <linux/bpf.h>
#include <linux/dtrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

char LICENSE[] SEC("license") = "GPL";

/* What a release that came before this one could have had. */
struct smaller {
	__u32 ecb_id, probe_id;
	__u64 task, state;
	__s32 prio;
	__u32 cpu, tid;
};

/* What one that comes after this could have. */
struct larger {
	struct dtrace_bpf_context now;
	__u64 later;
	__u32 much_later;
};

struct dtrace_bpf_context___later {
	__u64 later;
} __attribute__((preserve_access_index));

struct {
	__u64 tid, argv, later;
} seen SEC(".data.seen");

SEC("dtrace")
int compiled_with_fewer(struct smaller *ctx)
{
	seen.tid = ctx->tid;
	return ctx->ecb_id;
}

SEC("dtrace")
int compiled_with_more(struct larger *ctx)
{
	seen.tid = ctx->now.tid;
	seen.argv = ctx->now.argv[11];
	return ctx->now.ecb_id;
}

SEC("dtrace")
int asks_before_it_reads(struct larger *ctx)
{
	struct dtrace_bpf_context___later *later = (void *)ctx;

	seen.tid = ctx->now.tid;
	if (bpf_core_field_exists(later->later))
		seen.later = ctx->later;
	else
		seen.later = 1;
	return ctx->now.ecb_id;
}

/* EACCES: reads what is not there. */
SEC("?dtrace")
int reads_what_comes_later(struct larger *ctx)
{
	return ctx->much_later;
}

/* The size that the driver has to know, of each. */
const volatile __u32 sizes[3] SEC(".rodata.sizes") = {
	sizeof(struct smaller), sizeof(struct dtrace_bpf_context), sizeof(struct larger),
};
