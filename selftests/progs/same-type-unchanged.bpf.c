// SPDX-License-Identifier: GPL-2.0
/*
 * Tail calls as they have always been: caller and callees of one type, an array without a declared type. What the
 * verifier makes of these programs is compared with what it makes of them on the kernel without the series.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

#define UNTYPED_ARRAY(array)				\
	struct {					\
		__uint(type, BPF_MAP_TYPE_PROG_ARRAY);	\
		__uint(max_entries, 4);			\
		__type(key, __u32);			\
		__type(value, __u32);			\
	} array SEC(".maps")

UNTYPED_ARRAY(kprobes);
UNTYPED_ARRAY(classifiers);

SEC("kprobe")
int kprobe_constant(void *ctx)
{
	bpf_tail_call_static(ctx, &kprobes, 1);
	return 1;
}

SEC("kprobe")
int kprobe_variable(__u64 *ctx)
{
	__u32 slot = ctx[0];

	bpf_tail_call(ctx, &kprobes, slot);
	return 1;
}

static __noinline int kprobe_call(void *ctx, __u32 slot)
{
	bpf_tail_call(ctx, &kprobes, slot);
	return 1;
}

SEC("kprobe")
int kprobe_subprogram(__u64 *ctx)
{
	return kprobe_call(ctx, ctx[0]);
}

SEC("tc")
int tc_constant(struct __sk_buff *skb)
{
	bpf_tail_call_static(skb, &classifiers, 2);
	return 1;
}

SEC("tc")
int tc_variable(struct __sk_buff *skb)
{
	/* No field of the skb: where those are is the configuration's business. */
	volatile __u32 slot = 3;

	bpf_tail_call(skb, &classifiers, slot);
	return 1;
}
