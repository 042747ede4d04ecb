// SPDX-License-Identifier: GPL-2.0-only
/* libbpf attaches with option structures; these take plain arguments. All return a link, or NULL with errno. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "native.h"

void *nat_attach_kprobe(void *prog, const char *func, uint64_t offset, int ret, uint64_t cookie, int mode)
{
	LIBBPF_OPTS(bpf_kprobe_opts, opts, .bpf_cookie = cookie, .offset = offset, .retprobe = ret,
		    .attach_mode = mode);

	return bpf_program__attach_kprobe_opts(prog, func, &opts);
}

void *nat_attach_uprobe(void *prog, int pid, const char *path, const char *func, uint64_t offset, int ret,
			uint64_t cookie)
{
	LIBBPF_OPTS(bpf_uprobe_opts, opts, .bpf_cookie = cookie, .retprobe = ret, .func_name = func);

	return bpf_program__attach_uprobe_opts(prog, pid, path, offset, &opts);
}

void *nat_attach_tracepoint(void *prog, const char *category, const char *name, uint64_t cookie)
{
	LIBBPF_OPTS(bpf_tracepoint_opts, opts, .bpf_cookie = cookie);

	return bpf_program__attach_tracepoint_opts(prog, category, name, &opts);
}

void *nat_attach_raw_tracepoint(void *prog, const char *name, uint64_t cookie)
{
	LIBBPF_OPTS(bpf_raw_tracepoint_opts, opts, .cookie = cookie);

	return bpf_program__attach_raw_tracepoint_opts(prog, name, &opts);
}

void *nat_attach_perf_event(void *prog, int fd, uint64_t cookie)
{
	LIBBPF_OPTS(bpf_perf_event_opts, opts, .bpf_cookie = cookie);

	return bpf_program__attach_perf_event_opts(prog, fd, &opts);
}

void *nat_attach_trace(void *prog, uint64_t cookie)
{
	LIBBPF_OPTS(bpf_trace_opts, opts, .cookie = cookie);

	return bpf_program__attach_trace_opts(prog, &opts);
}

/* By their ids in the kernel's BTF. libbpf has it where the kernel of its tree has such links. */
#if LIBBPF_MAJOR_VERSION > 1 || LIBBPF_MINOR_VERSION >= 8
void *nat_attach_trace_multi(void *prog, const uint32_t *ids, const uint64_t *cookies, uint64_t count)
{
	LIBBPF_OPTS(bpf_tracing_multi_opts, opts, .ids = ids, .cookies = (const __u64 *)cookies, .cnt = count);

	return bpf_program__attach_tracing_multi(prog, NULL, &opts);
}
#endif

/* To a function of another program than the one that it was loaded for. */
void *nat_attach_freplace(void *prog, int target_fd, const char *func)
{
	return bpf_program__attach_freplace(prog, target_fd, func);
}

void *nat_attach_kprobe_multi(void *prog, const char *pattern, const char **syms, const uint64_t *cookies,
			      uint64_t count, int ret, int session)
{
	LIBBPF_OPTS(bpf_kprobe_multi_opts, opts, .syms = syms, 
		    .cookies = (const __u64 *)cookies, .cnt = count, .retprobe = ret, .session = session);

	return bpf_program__attach_kprobe_multi_opts(prog, pattern, &opts);
}

/* By a pattern, or by one name: only then can there be a cookie. */
void *nat_attach_uprobe_multi(void *prog, int pid, const char *path, const char *pattern, const char *sym,
			      uint64_t cookie, int ret)
{
	LIBBPF_OPTS(bpf_uprobe_multi_opts, opts, .retprobe = ret);

	if (sym) {
		opts.syms = &sym;
		opts.cookies = (const __u64 *)&cookie;
		opts.cnt = 1;
	}
	return bpf_program__attach_uprobe_multi(prog, pid, path, pattern, &opts);
}

/* libbpf has it where the kernel of its tree has such links. */
#if LIBBPF_MAJOR_VERSION > 1 || LIBBPF_MINOR_VERSION >= 6
void *nat_attach_uprobe_session(void *prog, int pid, const char *path, const char *sym, uint64_t cookie)
{
	LIBBPF_OPTS(bpf_uprobe_multi_opts, opts, .session = true, .syms = &sym,
		    .cookies = (const __u64 *)&cookie, .cnt = 1);

	return bpf_program__attach_uprobe_multi(prog, pid, path, NULL, &opts);
}
#endif

void *nat_attach_usdt(void *prog, const char *path, const char *provider, const char *name, uint64_t cookie)
{
	LIBBPF_OPTS(bpf_usdt_opts, opts, .usdt_cookie = cookie);

	return bpf_program__attach_usdt(prog, -1, path, provider, name, &opts);
}

/* For programs that are only an fd: a BPF_PERF_EVENT link on an event opened by the caller. */
int nat_link_perf_event(int prog_fd, int event_fd, uint64_t cookie)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .perf_event.bpf_cookie = cookie);

	return bpf_link_create(prog_fd, event_fd, BPF_PERF_EVENT, &opts);
}

int nat_link_raw_tracepoint(int prog_fd, const char *name, uint64_t cookie)
{
	LIBBPF_OPTS(bpf_raw_tp_opts, opts, .tp_name = name, .cookie = cookie);

	return bpf_raw_tracepoint_open_opts(prog_fd, &opts);
}
