// SPDX-License-Identifier: GPL-2.0
/*
 * Helpers that need the registers of the probe, or what belongs to the attachment, give a DTRACE program what they give
 * the program it was called from. The caller asks first, then the callee.
 */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <linux/bpf_perf_event.h>
#include <linux/dtrace.h>
#include <bpf/bpf_helpers.h>
#include "tail-call.h"

char LICENSE[] SEC("license") = "GPL";

#define FRAMES 8

DTRACE_ARRAY(progs, 2);

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 256);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, FRAMES * sizeof(__u64));
} stacks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u64);
} hash SEC(".maps");

/* One thread: raw tracepoint programs can be preempted, and two threads would write the same variables by turns. */
__u32 target_pid SEC(".data.in");

struct view {
	__u64 fired;
	__s64 bytes, stack_id;
	__u64 cookie, pid_tgid, uid_gid;
	char comm[16];
	__u64 frames[FRAMES];
};
struct view caller SEC(".data.caller"), callee SEC(".data.callee");
struct {
	__s64 perf_output, ring_output, hash_update, read_string;
	__u64 hash_value, ktime_ran, text_matches, turns;
} others SEC(".data.others");

static __always_inline void look(void *ctx, struct view *view, __u64 stack)
{
	view->bytes = bpf_get_stack(ctx, view->frames, sizeof(view->frames), stack);
	/* Two stacks may have the same id. */
	view->stack_id = bpf_get_stackid(ctx, &stacks, stack | BPF_F_REUSE_STACKID);
	view->cookie = bpf_get_attach_cookie(ctx);
	view->pid_tgid = bpf_get_current_pid_tgid();
	view->uid_gid = bpf_get_current_uid_gid();
	bpf_get_current_comm(view->comm, sizeof(view->comm));
	view->fired++;
}

static int turn(__u32 i, void *unused)
{
	others.turns++;
	return 0;
}

/* Stack traces and the attachment's cookie: the same as the caller's. */
SEC("dtrace")
int same_view(struct dtrace_bpf_context *ctx)
{
	look(ctx, &callee, ctx->kind == DTRACE_PROBE_UPROBE ? BPF_F_USER_STACK : 0);
	return 0;
}

/* What any tracing program expects. */
SEC("dtrace")
int use_helpers(struct dtrace_bpf_context *ctx)
{
	static const char text[] = "dtrace";
	__u64 record[2] = { 0xd7ace, bpf_ktime_get_ns() }, value = 0x1234, *found;
	__u32 key = 5;
	char copy[8] = {};

	others.perf_output = bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, record, sizeof(record));
	others.ring_output = bpf_ringbuf_output(&ring, record, sizeof(record), 0);
	others.hash_update = bpf_map_update_elem(&hash, &key, &value, BPF_ANY);
	found = bpf_map_lookup_elem(&hash, &key);
	if (found)
		others.hash_value = *found;
	bpf_map_delete_elem(&hash, &key);
	others.read_string = bpf_probe_read_kernel_str(copy, sizeof(copy), text);
	others.text_matches = bpf_strncmp(copy, sizeof(text) - 1, text) == 0;
	others.ktime_ran = bpf_ktime_get_ns() >= record[1];
	bpf_loop(10, turn, NULL, 0);
	bpf_trace_printk(text, sizeof(text));
	return 0;
}

#define CALLER(section, name, stack)						\
	SEC(section)								\
	int name(void *ctx)							\
	{									\
		if (target_pid && (__u32)bpf_get_current_pid_tgid() != target_pid)	\
			return 0;						\
		look(ctx, &caller, stack);					\
		bpf_tail_call_static(ctx, &progs, 0);				\
		return 0;							\
	}

CALLER("kprobe", from_kprobe, 0)
CALLER("uprobe", from_uprobe, BPF_F_USER_STACK)
CALLER("tracepoint", from_tracepoint, 0)
CALLER("raw_tp", from_raw_tp, 0)
CALLER("perf_event", from_perf_event, 0)

/* What the kernel keeps of a context, fields included that nothing has set, is not for programs. */
extern void *bpf_cast_to_kern_ctx(void *ctx) __ksym;

SEC("?dtrace")
int casts_to_kernel_context(struct dtrace_bpf_context *ctx)
{
	return bpf_cast_to_kern_ctx(ctx) != NULL;
}

/* The same of another type, which has one to show. */
SEC("?perf_event")
int casts_to_kernel_context_of_an_event(struct bpf_perf_event_data *ctx)
{
	return bpf_cast_to_kern_ctx(ctx) != NULL;
}
