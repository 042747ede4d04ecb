// SPDX-License-Identifier: GPL-2.0-only
/* Programs for every way to attach and to read that the agent offers. */
#include "arch.h"
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

#define SLOTS 16

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SLOTS);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} percpu SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} ring SEC(".maps");

/* One structure: the compiler orders separate variables as it likes. */
struct {
	__u64 wanted_pid;
	__u64 cookie;
	__u64 six[6];
} state;

static __always_inline bool wanted(void)
{
	return bpf_get_current_pid_tgid() >> 32 == state.wanted_pid;
}

static __always_inline int count(__u32 slot)
{
	__u64 *value = bpf_map_lookup_elem(&counts, &slot);

	if (value)
		__sync_fetch_and_add(value, 1);
	return 0;
}

/* A ring sample per call, and a per-CPU count. */
SEC("kprobe")
int any_kprobe(struct pt_regs *ctx)
{
	__u32 zero = 0, *value = bpf_map_lookup_elem(&percpu, &zero);
	__u64 sample = bpf_get_smp_processor_id(), *record;

	if (!wanted())
		return 0;
	if (value)
		*value += 1;
	state.cookie = bpf_get_attach_cookie(ctx);
	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &sample, sizeof(sample));
	record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);
	if (record) {
		*record = sample;
		bpf_ringbuf_submit(record, 0);
	}
	return count(0);
}

SEC("kprobe.multi")
int any_multi(struct pt_regs *ctx)
{
	return wanted() ? count(1) : 0;
}

SEC("uprobe")
int any_uprobe(struct pt_regs *ctx)
{
	state.six[0] = PT_REGS_PARM1(ctx);
	state.six[1] = PT_REGS_PARM2(ctx);
	state.six[2] = PT_REGS_PARM3(ctx);
	state.six[3] = PT_REGS_PARM4(ctx);
	state.six[4] = PT_REGS_PARM5(ctx);
	state.six[5] = PT_REGS_PARM6(ctx);
	return count(2);
}

SEC("tracepoint")
int any_tracepoint(void *ctx)
{
	return wanted() ? count(3) : 0;
}

SEC("raw_tp")
int any_raw_tp(void *ctx)
{
	return wanted() ? count(4) : 0;
}

SEC("perf_event")
int any_perf_event(void *ctx)
{
	return count(5);
}

SEC("fentry/" SYSCALL_FN(getpgid))
int any_fentry(void *ctx)
{
	return wanted() ? count(6) : 0;
}

SEC("uprobe.multi")
int any_uprobe_multi(struct pt_regs *ctx)
{
	return count(7);
}
