/* SPDX-License-Identifier: GPL-2.0-only */
/* What objects for tools/dtrace have: the array of actions and the rings that it looks for by name. */
#ifndef SELFTESTS_TOOL_H
#define SELFTESTS_TOOL_H

#include <linux/bpf.h>
#include <linux/dtrace.h>
#include <bpf/bpf_helpers.h>
#include "tail-call.h"

/* As large as there are CPUs unless it says otherwise. */
#define RINGS(name, ...)					\
	struct {						\
		__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);	\
		__type(key, __u32);				\
		__type(value, __u32);				\
		__VA_ARGS__					\
	} name SEC(".maps")

char _license[] SEC("license") = "GPL";

#endif
