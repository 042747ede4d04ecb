// SPDX-License-Identifier: GPL-2.0-only
/*
 * Helpers that are given memory of the ring while user space writes to that memory (D33): all kinds that the verifier
 * lets through, over and over, in one open record. What they make of it is of no interest, as long as the kernel lives.
 */
#include "buffer.h"
#include "buffer-flip.h"

int everything(struct dtrace_bpf_context *ctx);
PROBES([0] = (void *)&everything);
ENTRY(write_everything, 0)

#define STACK_FLAGS (BPF_F_USER_STACK | BPF_F_USER_BUILD_ID)
#define ROUNDS 8

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64[3]);
} values SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_BLOOM_FILTER);
	__uint(max_entries, 8);
	__uint(value_size, 32);
} bloom SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ringbuf SEC(".maps");

struct flip_counts counts;

struct everything {
	__u64 word;
	__u64 args[3];
	char text[32];
	struct btf_ptr object;
	char number[24];
	char out[64];
	struct bpf_stack_build_id ids[4];
};

static __always_inline void fill(struct everything *in, struct dtrace_bpf_context *ctx, __u64 round)
{
	in->word = round;
	in->args[0] = (__u64)ctx->task;
	in->args[1] = (__u64)ctx->task;
	in->args[2] = round;
	__builtin_memcpy(in->text, "a text of 31 bytes, and its end", sizeof(in->text));
	in->object.ptr = (void *)ctx->task;
	in->object.type_id = 1;
	in->object.flags = 0;
	__builtin_memcpy(in->number, "  -12345678901", 15);
}

static __always_inline void use(struct everything *in, struct dtrace_bpf_context *ctx)
{
	static const char format[] = "%s %pI4 %d", other[] = "a text of 31 bytes, and its end";
	char own[64];
	__u32 key = 0;
	long number;

	bpf_snprintf(own, sizeof(own), format, in->args, sizeof(in->args));
	bpf_snprintf(in->out, sizeof(in->out), format, in->args, sizeof(in->args));
	bpf_snprintf_btf(in->out, sizeof(in->out), &in->object, sizeof(in->object), 0);
	bpf_strtol(in->number, sizeof(in->number), 0, &number);
	bpf_strncmp(in->text, sizeof(in->text), other);
	bpf_map_update_elem(&values, &key, in->args, BPF_ANY);
	bpf_map_push_elem(&bloom, in->text, BPF_ANY);
	bpf_map_peek_elem(&bloom, in->text);
	bpf_ringbuf_output(&ringbuf, in, sizeof(*in), BPF_RB_NO_WAKEUP);
	bpf_perf_event_output(ctx, &rings, BPF_F_CURRENT_CPU, in, sizeof(*in));
	bpf_probe_read_kernel(own, sizeof(own), in);
	bpf_probe_read_kernel_str(in->out, sizeof(in->out), in->text);
	bpf_get_current_comm(in->out, sizeof(in->out));
	bpf_get_stack(ctx, in->ids, sizeof(in->ids), STACK_FLAGS);
}

SEC("dtrace")
int everything(struct dtrace_bpf_context *ctx)
{
	long error = bpf_buffer_reserve(ctx, BUF, &rings, sizeof(struct everything));
	volatile struct everything *in = (void *)ctx->buf;

	if ((void *)(in + 1) <= (void *)ctx->buf_end) {
		for (int i = 0; i < ROUNDS; i++) {
			fill((void *)in, ctx, i);
			use((void *)in, ctx);
			counts.rounds++;
			if (in->word != i)
				counts.changed++;
		}
	}
	bpf_buffer_commit(ctx, BUF, &rings);
	return error;
}
