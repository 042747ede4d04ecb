// SPDX-License-Identifier: GPL-2.0-only
/* A record with a string, the ways an unpatched kernel has. `size` is the string's length with its end. */
#include "strings.bpf.h"

RINGBUF(ringbuf, 4 << 20);

MEASURE("raw_tp", loop_only, void, {
})

MEASURE("raw_tp", read_only, void, {
	STRING_VIA_SCRATCH()
})

MEASURE("raw_tp", perf_percpu, void, {
	STRING_VIA_SCRATCH(bpf_perf_event_output(ctx, &perf_ring, BPF_F_CURRENT_CPU, record,
						 sizeof(record->id) + length))
})

MEASURE("raw_tp", ringbuf_output, void, {
	STRING_VIA_SCRATCH(bpf_ringbuf_output(&ringbuf, record, sizeof(record->id) + length, flags))
})

MEASURE("raw_tp", ringbuf_reserve, void, {
	struct record *record = bpf_ringbuf_reserve(&ringbuf, sizeof(*record), 0);

	if (!record)
		FAIL();
	bpf_probe_read_kernel_str(record->text, TEXT_MAX, (void *)in.text);
	bpf_ringbuf_submit(record, flags);
})
