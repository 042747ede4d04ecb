// SPDX-License-Identifier: GPL-2.0-only
/*
 * A helper at work on a record that is open, while user space says that it has read all there is, and a writer that
 * interrupts the helper goes once around the ring and over that record (D33). What the verifier does not let a helper
 * have of a record is in buffer-verifier-helper; here is the rest, a row each.
 *
 * argv: the row, whether it is interrupted, whether the record is discarded.
 */
#include <linux/perf_event.h>
#include <bpf/bpf_core_read.h>
#include "buffer.h"

#define RING 4096
#define GIVEN 64			/* bytes of a record that a helper is given */
#define RESERVED (GIVEN + 16)		/* the other writer does not reach the last few */
#define TOTAL (RESERVED + RECORD_OVERHEAD + 4)
#define LARGEST (RING - 20)
/* Where in the other writer's record the first one's data is. */
#define OVER (RING - TOTAL)

int snprintf_args(struct dtrace_bpf_context *ctx);
int snprintf_text(struct dtrace_bpf_context *ctx);
int snprintf_btf(struct dtrace_bpf_context *ctx);
int strtol_text(struct dtrace_bpf_context *ctx);
int strncmp_text(struct dtrace_bpf_context *ctx);
int perf_output(struct dtrace_bpf_context *ctx);
int map_update(struct dtrace_bpf_context *ctx);
int map_push(struct dtrace_bpf_context *ctx);
int read_string(struct dtrace_bpf_context *ctx);
int get_comm(struct dtrace_bpf_context *ctx);
int get_stack(struct dtrace_bpf_context *ctx);
int show_btf(struct dtrace_bpf_context *ctx);
int over(struct dtrace_bpf_context *ctx);

enum { OTHER_WRITER = 15 };
PROBES([0] = (void *)&snprintf_args, [1] = (void *)&snprintf_text, [2] = (void *)&snprintf_btf,
       [3] = (void *)&strtol_text, [4] = (void *)&strncmp_text, [5] = (void *)&perf_output, [6] = (void *)&map_update,
       [7] = (void *)&map_push, [8] = (void *)&read_string, [9] = (void *)&get_stack,
       [10] = (void *)&get_comm, [11] = (void *)&show_btf, [OTHER_WRITER] = (void *)&over);

SEC("raw_tp")
int write_row(struct bpf_raw_tracepoint_args *ctx)
{
	bpf_tail_call(ctx, &jmp, ctx->args[0]);
	return NOT_TAKEN;
}

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} other_rings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, char[GIVEN]);
} hash SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 2);
	__uint(value_size, GIVEN);
} queue SEC(".maps");

/* Where user space has the first page of the ring, which access is interrupted, and what goes over the record. */
struct {
	__u64 page, nth;
	char pattern[GIVEN];
} in SEC(".data.in");

struct {
	__u64 overwritten, address;
	__s64 result;
	char before[GIVEN], after[GIVEN];	/* the record, when the helper is called and has returned */
	char low[GIVEN], out[GIVEN], high[GIVEN];	/* nothing is written to either side of out */
} seen SEC(".data.seen");

volatile __u64 armed, accesses;

/* As user space might at any time: all has been read, the record that is open as well. */
static __always_inline void read_all(void)
{
	const struct perf_event_mmap_page *page = (void *)in.page;
	__u64 at = 0;

	bpf_probe_read_user(&at, sizeof(at), &page->data_head);
	at += TOTAL;
	bpf_probe_write_user((void *)&page->data_tail, &at, sizeof(at));
}

#define ROW(name, fill, call)								\
	SEC("dtrace")									\
	int name(struct dtrace_bpf_context *ctx)					\
	{										\
		__u64 interrupted = ctx->argv[1], discarded = ctx->argv[2];		\
		long err = bpf_buffer_reserve(ctx, BUF, &rings, RESERVED);		\
		char *given = (void *)ctx->buf;						\
											\
		if ((void *)(given + RESERVED) <= (void *)ctx->buf_end) {		\
			fill;								\
			bpf_probe_read_kernel(seen.before, GIVEN, given);		\
			seen.address = (__u64)given;					\
			read_all();							\
			accesses = 0;							\
			armed = interrupted;						\
			seen.result = call;						\
			armed = 0;							\
			bpf_probe_read_kernel(seen.after, GIVEN, given);		\
		}									\
		if (discarded)								\
			bpf_buffer_discard(ctx, BUF, &rings);				\
		else									\
			bpf_buffer_commit(ctx, BUF, &rings);				\
		return err;								\
	}

struct list_head {
	struct list_head *next, *prev;
} __attribute__((preserve_access_index));

static const char text[] = "as it was", args_format[] = "%s %llx %pI4", text_format[] = "%20s|%-10d|%x";
static const char number[GIVEN] = "      -1234567";
static const __u64 words[3] = { 0, 1234567, 0xabcdef };

#define WORD(i) ((__u64 *)given)[i]
#define TEXT(from) bpf_probe_read_kernel(given, GIVEN, from)

ROW(snprintf_args, (WORD(0) = (__u64)text, WORD(1) = 0xabcdef, WORD(2) = (__u64)text),
    bpf_snprintf(seen.out, GIVEN, args_format, (void *)given, 3 * sizeof(__u64)))
ROW(snprintf_text, TEXT(number), bpf_snprintf(given, GIVEN, text_format, (void *)words, sizeof(words)))
ROW(snprintf_btf,
    (WORD(0) = (__u64)ctx->task, WORD(1) = bpf_core_type_id_kernel(struct list_head)),
    bpf_snprintf_btf(seen.out, GIVEN, (void *)given, sizeof(struct btf_ptr), 0))
ROW(strtol_text, TEXT(number), bpf_strtol(given, GIVEN, 0, (long *)seen.out))
ROW(strncmp_text, TEXT(number), bpf_strncmp(given, GIVEN, number))
ROW(perf_output, TEXT(number), bpf_perf_event_output(ctx, &other_rings, BPF_F_CURRENT_CPU, given, GIVEN))
ROW(map_update, TEXT(number), ({
	__u32 key = 0;
	long updated = bpf_map_update_elem(&hash, &key, given, BPF_ANY);
	char *value = bpf_map_lookup_elem(&hash, &key);

	if (value)
		bpf_probe_read_kernel(seen.out, GIVEN, value);
	updated;
}))
ROW(map_push, TEXT(number), bpf_map_push_elem(&queue, given, BPF_EXIST) ?: bpf_map_pop_elem(&queue, seen.out))
ROW(read_string, TEXT(number), bpf_probe_read_kernel_str(given, GIVEN, text))
ROW(get_comm, TEXT(number), bpf_get_current_comm(given, 16))
ROW(show_btf, TEXT(number), ({
	struct btf_ptr shown = { .ptr = (void *)ctx->task, .type_id = bpf_core_type_id_kernel(struct list_head) };

	bpf_snprintf_btf(given, GIVEN, &shown, sizeof(shown), 0);
}))
ROW(get_stack, TEXT(number), bpf_get_stack(ctx, given, GIVEN, BPF_F_USER_STACK | BPF_F_USER_BUILD_ID))

/* Behind an access to some bytes of the record, which are watched on the one CPU that has a ring. */
SEC("perf_event")
int interrupt(void *ctx)
{
	if (!armed || accesses++ != in.nth)
		return 0;
	armed = 0;
	bpf_tail_call(ctx, &jmp, OTHER_WRITER);
	return 0;
}

SEC("dtrace")
int over(struct dtrace_bpf_context *ctx)
{
	char *data;

	bpf_buffer_reserve(ctx, BUF, &rings, LARGEST);
	data = (void *)ctx->buf;
	if ((void *)(data + LARGEST) <= (void *)ctx->buf_end) {
		bpf_probe_read_kernel(data + OVER, GIVEN, in.pattern);
		seen.overwritten++;
	}
	bpf_buffer_commit(ctx, BUF, &rings);
	return 0;
}
