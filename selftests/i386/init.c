// SPDX-License-Identifier: GPL-2.0-only
/*
 * D30. The only process of a 32-bit guest, without a C library: a program with next to no stack tail-calls one that
 * has a helper write to 400 bytes of its own. With a JIT that enters the callee in the frame of the caller, there has
 * to be room for it, or the helper writes over what it returns to. A line of KTAP for each row; the guest ends with it.
 */
#include <linux/bpf.h>
#include <linux/reboot.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof(*(array)))
#define STACK_BYTES 400
#define KEY_AT (-STACK_BYTES - 8)
#define RENAME 15	/* PR_SET_NAME */
#define RENAMES 3

#define INSN(c, d, s, o, i) ((struct bpf_insn){ .code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) })
#define MOV(dst, src) INSN(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0)
#define SET(dst, value) INSN(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, value)
#define ADD(dst, value) INSN(BPF_ALU64 | BPF_ADD | BPF_K, dst, 0, 0, value)
#define STORE(off, value) INSN(BPF_ST | BPF_MEM | BPF_W, BPF_REG_10, 0, off, value)
#define MAP(dst, fd) INSN(BPF_LD | BPF_IMM | BPF_DW, dst, BPF_PSEUDO_MAP_FD, 0, fd), INSN(0, 0, 0, 0, 0)
#define STACK(dst, off) MOV(dst, BPF_REG_10), ADD(dst, off)
#define CALL(helper) INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_##helper)
#define IF_ZERO(reg, skip) INSN(BPF_JMP | BPF_JEQ | BPF_K, reg, 0, skip, 0)
#define EXIT INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

static char verifier_log[4096];
static unsigned char pattern[STACK_BYTES], seen[STACK_BYTES];

static int bpf(int cmd, union bpf_attr *attr)
{
	return syscall(__NR_bpf, cmd, attr, sizeof(*attr));
}

static int map_create(enum bpf_map_type type, unsigned int value_size, unsigned int extra)
{
	union bpf_attr attr = {
		.map_type = type,
		.key_size = sizeof(int),
		.value_size = value_size,
		.max_entries = 1,
		.map_extra = extra,
	};

	return bpf(BPF_MAP_CREATE, &attr);
}

static int map_element(int cmd, int map, void *value)
{
	int key = 0;
	union bpf_attr attr = { .map_fd = map, .key = (unsigned long)&key, .value = (unsigned long)value };

	return bpf(cmd, &attr);
}

static int prog_load(enum bpf_prog_type type, const struct bpf_insn *insns, unsigned int count)
{
	union bpf_attr attr = {
		.prog_type = type,
		.insns = (unsigned long)insns,
		.insn_cnt = count,
		.license = (unsigned long)"GPL",
		.log_level = 1,
		.log_buf = (unsigned long)verifier_log,
		.log_size = sizeof(verifier_log),
	};
	int prog = bpf(BPF_PROG_LOAD, &attr);

	if (prog < 0)
		printf("# program of type %d: error %d\n# %s\n", type, errno, verifier_log);
	return prog;
}

/* Copies `from` onto its stack, and from there to `to`. */
static int load_callee(enum bpf_prog_type type, int from, int to)
{
	const struct bpf_insn insns[] = {
		STORE(KEY_AT, 0),
		STACK(BPF_REG_2, KEY_AT), MAP(BPF_REG_1, from), CALL(map_lookup_elem),
		IF_ZERO(BPF_REG_0, 13),
		MOV(BPF_REG_3, BPF_REG_0), STACK(BPF_REG_1, -STACK_BYTES), SET(BPF_REG_2, STACK_BYTES),
		CALL(probe_read_kernel),
		STACK(BPF_REG_2, KEY_AT), STACK(BPF_REG_3, -STACK_BYTES), MAP(BPF_REG_1, to), SET(BPF_REG_4, 0),
		CALL(map_update_elem),
		SET(BPF_REG_0, 0), EXIT,
	};

	return prog_load(type, insns, ARRAY_SIZE(insns));
}

static int load_caller(int progs)
{
	const struct bpf_insn insns[] = {
		MAP(BPF_REG_2, progs), SET(BPF_REG_3, 0), CALL(tail_call), SET(BPF_REG_0, 0), EXIT,
	};

	return prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, insns, ARRAY_SIZE(insns));
}

static int attach(int prog)
{
	union bpf_attr attr = {
		.raw_tracepoint.name = (unsigned long)"task_rename",
		.raw_tracepoint.prog_fd = prog,
	};

	return bpf(BPF_RAW_TRACEPOINT_OPEN, &attr);
}

static const char *run(enum bpf_prog_type callee_type)
{
	const int across = callee_type != BPF_PROG_TYPE_RAW_TRACEPOINT;
	int from = map_create(BPF_MAP_TYPE_ARRAY, STACK_BYTES, 0), to = map_create(BPF_MAP_TYPE_ARRAY, STACK_BYTES, 0);
	int progs = map_create(BPF_MAP_TYPE_PROG_ARRAY, sizeof(int), across ? callee_type : 0);
	int callee, caller, link;

	if (from < 0 || to < 0 || progs < 0 || map_element(BPF_MAP_UPDATE_ELEM, from, pattern))
		return "no maps";
	callee = load_callee(callee_type, from, to);
	caller = load_caller(progs);
	if (callee < 0 || caller < 0)
		return "a program does not load";
	if (map_element(BPF_MAP_UPDATE_ELEM, progs, &callee))
		return "the callee does not go into the array";
	link = attach(caller);
	if (link < 0)
		return "the caller cannot be attached";
	for (int i = 0; i < RENAMES; i++)
		syscall(__NR_prctl, RENAME, "renamed", 0, 0, 0);
	close(link);
	if (map_element(BPF_MAP_LOOKUP_ELEM, to, seen))
		return "nothing can be read back";
	return memcmp(seen, pattern, STACK_BYTES) ? "the stack had something else" : NULL;
}

int main(void)
{
	static const struct { enum bpf_prog_type type; const char *name; } rows[] = {
		{ BPF_PROG_TYPE_RAW_TRACEPOINT, "within a type" },
		{ BPF_PROG_TYPE_DTRACE, "across types" },
	};

	for (int i = 0; i < STACK_BYTES; i++)
		pattern[i] = i * 7 + 1;
	printf("KTAP version 1\n1..%d\n", (int)ARRAY_SIZE(rows));
	for (int i = 0; i < (int)ARRAY_SIZE(rows); i++) {
		const char *wrong = run(rows[i].type);

		if (wrong)
			printf("# %s, error %d\n", wrong, errno);
		printf("%sok %d %s\n", wrong ? "not " : "", i + 1, rows[i].name);
	}
	return reboot(LINUX_REBOOT_CMD_RESTART);
}
