/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef STRINGS_BPF_H
#define STRINGS_BPF_H

#include "bench.bpf.h"

/* A record with a string of unknown length in it: the text of /in/, read as a probe would read a kernel string. */
struct record {
	__u64 id;
	char text[TEXT_MAX];
};

PERF_RING(perf_ring);
SCRATCH(BPF_MAP_TYPE_PERCPU_ARRAY, percpu_scratch, struct record);

/* Through scratch memory: the string is copied twice, but only as many bytes as it has go into the ring. */
#define STRING_VIA_SCRATCH(OUTPUT)						\
	__u32 key = 0;								\
	struct record *record = bpf_map_lookup_elem(&percpu_scratch, &key);	\
	long length;								\
										\
	if (!record)								\
		FAIL();								\
	length = bpf_probe_read_kernel_str(record->text, TEXT_MAX, (void *)in.text);	\
	if (length < 0 || length > TEXT_MAX)					\
		FAIL();								\
	OUTPUT;

#endif
