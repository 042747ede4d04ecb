/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MAPS_BPF_H
#define MAPS_BPF_H

/* The maps that several objects have, by the names the driver looks for. */
#define PERF_RING(name)					\
struct {						\
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);	\
	__type(key, __u32);				\
	__type(value, __u32);				\
} name SEC(".maps")

#define RINGBUF(name, bytes)				\
struct {						\
	__uint(type, BPF_MAP_TYPE_RINGBUF);		\
	__uint(max_entries, bytes);			\
} name SEC(".maps")

/* One element, `content`, for a record that is copied into a ring later. */
#define SCRATCH(kind, name, content)			\
struct {						\
	__uint(type, kind);				\
	__uint(max_entries, 1);				\
	__type(key, __u32);				\
	__type(value, content);				\
} name SEC(".maps")

/* Slots for DTRACE programs, for callers of every type. */
#define DTRACE_PROGS(name, slots)			\
struct {						\
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);		\
	__uint(max_entries, slots);			\
	__type(key, __u32);				\
	__type(value, __u32);				\
	__ulong(map_extra, BPF_PROG_TYPE_DTRACE);	\
} name SEC(".maps")

#endif
