// SPDX-License-Identifier: GPL-2.0-only
/* Loads, creations and test runs whose libbpf calls take option structures. Negative errno, or an fd, or 0. */
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include "native.h"

int nat_prog_load(uint32_t type, const char *name, const char *license, const void *insns, uint64_t count,
		  uint32_t attach_type, uint32_t flags, uint32_t attach_btf_id, int attach_prog_fd,
		  uint32_t log_level, char *log, uint32_t log_size)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .attempts = 1, .expected_attach_type = attach_type, .prog_flags = flags,
		    .attach_btf_id = attach_btf_id, .attach_prog_fd = attach_prog_fd,
		    .log_level = log_level, .log_buf = log_level ? log : NULL, .log_size = log_level ? log_size : 0);
	int fd = bpf_prog_load(type, name, license, insns, count, &opts);

	/* As libbpf does for objects: a refusal is asked about once more, with the log on. */
	if (fd < 0 && log_level == 0) {
		opts.log_level = 1;
		opts.log_buf = log;
		opts.log_size = log_size;
		fd = bpf_prog_load(type, name, license, insns, count, &opts);
	}
	return fd;
}

int nat_map_create(uint32_t type, const char *name, uint32_t key_size, uint32_t value_size, uint32_t entries,
		   uint32_t flags, uint64_t extra, uint32_t inner_fd)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = flags, .map_extra = extra, .inner_map_fd = inner_fd);

	return bpf_map_create(type, name, key_size, value_size, entries, &opts);
}

/* out: retval, duration in ns, bytes of ctx_out, bytes of data_out */
int nat_test_run(int fd, const void *ctx_in, uint32_t ctx_in_size, void *ctx_out, uint32_t ctx_out_size,
		 const void *data_in, uint32_t data_in_size, void *data_out, uint32_t data_out_size,
		 int repeat, uint32_t flags, uint32_t cpu, uint32_t *out)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts,
		    .ctx_in = ctx_in_size ? ctx_in : NULL, .ctx_size_in = ctx_in_size,
		    .ctx_out = ctx_out_size ? ctx_out : NULL, .ctx_size_out = ctx_out_size,
		    .data_in = data_in_size ? data_in : NULL, .data_size_in = data_in_size,
		    .data_out = data_out_size ? data_out : NULL, .data_size_out = data_out_size,
		    .repeat = repeat, .flags = flags, .cpu = cpu);
	int err = bpf_prog_test_run_opts(fd, &opts);

	out[0] = opts.retval;
	out[1] = opts.duration;
	out[2] = ctx_out_size ? opts.ctx_size_out : 0;
	out[3] = data_out_size ? opts.data_size_out : 0;
	return err;
}

/* out: 16 u64 values in the order of the agent's ProgInfo; texts: name[16], tag[8]. */
int nat_prog_info(int fd, uint64_t *out, uint8_t *texts, void *xlated, uint32_t xlated_room, void *jited,
		  uint32_t jited_room, uint32_t *map_ids, uint32_t map_room, uint32_t *func_lens, uint32_t func_room)
{
	struct bpf_prog_info info;
	uint32_t size = sizeof(info);
	int err;

	memset(&info, 0, sizeof(info));
	info.xlated_prog_insns = (uintptr_t)xlated;
	info.xlated_prog_len = xlated_room;
	info.jited_prog_insns = (uintptr_t)jited;
	info.jited_prog_len = jited_room;
	info.map_ids = (uintptr_t)map_ids;
	info.nr_map_ids = map_room;
	info.jited_func_lens = (uintptr_t)func_lens;
	info.nr_jited_func_lens = func_room;
	err = bpf_prog_get_info_by_fd(fd, &info, &size);
	if (err)
		return err;
	out[0] = info.type;
	out[1] = info.id;
	out[2] = info.jited_prog_len;
	out[3] = info.xlated_prog_len;
	out[4] = info.nr_map_ids;
	out[5] = info.nr_jited_func_lens;
	out[6] = info.run_cnt;
	out[7] = info.run_time_ns;
	out[8] = info.recursion_misses;
	out[9] = info.verified_insns;
	out[10] = info.attach_btf_id;
	/* The pointer is cleared by the kernel where the reader may not see. */
	out[11] = info.xlated_prog_insns != 0;
	out[12] = info.jited_prog_insns != 0;
	memcpy(texts, info.name, 16);
	memcpy(texts + 16, info.tag, 8);
	return 0;
}

int nat_map_info(int fd, uint64_t *out, uint8_t *name)
{
	struct bpf_map_info info;
	uint32_t size = sizeof(info);
	int err;

	memset(&info, 0, sizeof(info));
	err = bpf_map_get_info_by_fd(fd, &info, &size);
	if (err)
		return err;
	out[0] = info.type;
	out[1] = info.id;
	out[2] = info.key_size;
	out[3] = info.value_size;
	out[4] = info.max_entries;
	out[5] = info.map_flags;
	out[6] = info.map_extra;
	memcpy(name, info.name, 16);
	return 0;
}

/* BTF id in vmlinux, or negative errno. */
int nat_btf_find(const char *name, uint32_t kind)
{
	static struct btf *vmlinux;

	if (!vmlinux)
		vmlinux = btf__load_vmlinux_btf();
	return vmlinux ? btf__find_by_name_kind(vmlinux, name, kind) : -2;
}
