// SPDX-License-Identifier: GPL-2.0-only
/*
 * workload fuzz BATCH MARK TYPE [log]
 *
 * Loads the programs of a batch (scripts/fuzz/batch.ts) one after the other, runs each that loads in each scenario, and
 * compares what it returns and what is in the ring with what the batch says; behind each a program of known content is
 * run, whose record has to come through. All of it once with the JIT and once with the interpreter. Every MARK programs
 * there is a line in the kernel log, so that the console of a guest that died says how far it came.
 *
 * TYPE is the number of the program type DTRACE.
 *
 * stdout: STATUS with a letter a program (Loaded, Refused, refused Oddly), SEEN for what was not as expected, LOG for
 * what the verifier said (with `log`), INTERPRETED with a count, END.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include "buffer-ring.h"
#include "native.h"

#define MAGIC 0x66757a7au
#define RING_PAGES 4
#define SLOTS 8
#define MOST_SEEN 100
#define LOG_BYTES (1 << 20)
#define WARNING 4

enum { SLOT_SUBJECT, SLOT_SWAPPED, SLOT_RETURNS, SLOT_RECORDS, SLOT_PROBE = 7 };
enum { MAP_JMP, MAP_RINGS, MAP_EMPTY, MAP_ECBS, MAPS };
enum { INTERPRETED = 1, LOAD_ONLY = 2 };
enum { RESULT_KNOWN = 1, RING_KNOWN = 2 };

struct program {
	uint32_t type, insn_cnt, func_cnt, flags;
	const struct bpf_insn *insns;
	const struct bpf_func_info *funcs;
};

struct outcome {
	uint32_t flags, result, head, bytes;
	const unsigned char *data, *known;
};

struct scenario {
	uint64_t args[12];
	uint32_t swapped, event;
};

/* What is loaded anew for each mode: a prog array holds programs of one mode only. */
struct stage {
	const char *mode;
	int maps[MAPS], btf[2], entry, returns, records, probe;
	uint32_t swapped, event;
};

static struct ring ring;
static int kmsg, seen;
/* The ring as it was before a run: user space cannot write to its data pages. */
static unsigned char before[RING_PAGES * 4096];
static const unsigned char *cursor;
static struct bpf_insn patched[4096];
static char verifier_log[LOG_BYTES];
static enum bpf_prog_type types[2] = { 0, BPF_PROG_TYPE_RAW_TRACEPOINT };

static __attribute__((noreturn)) void die(const char *what)
{
	fprintf(stderr, "fuzz: %s: %s\n", what, strerror(errno));
	exit(3);
}

static void set(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		die(path);
	close(fd);
}

/* Values that others in this guest find again afterwards. */
static struct setting {
	const char *path;
	char before[16];
} jit = { .path = "/proc/sys/net/core/bpf_jit_enable" }, expedited = { .path = "/sys/kernel/rcu_expedited" };

static void change(struct setting *setting, const char *value)
{
	int fd = open(setting->path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || (!*setting->before && read(fd, setting->before, sizeof(setting->before) - 1) < 0))
		die(setting->path);
	close(fd);
	set(setting->path, value);
}

static uint32_t word(void)
{
	uint32_t value;

	memcpy(&value, cursor, sizeof(value));
	cursor += sizeof(value);
	return value;
}

static const void *take(size_t bytes)
{
	const void *at = cursor;

	cursor += (bytes + 3) & ~3ul;
	return at;
}

static struct program take_program(void)
{
	struct program p = { .type = word() };

	p.insn_cnt = word();
	p.func_cnt = word();
	p.flags = word();
	p.insns = take(p.insn_cnt * sizeof(*p.insns));
	p.funcs = take(p.func_cnt * sizeof(*p.funcs));
	return p;
}

static struct outcome take_outcome(void)
{
	struct outcome o = { .flags = word() };

	o.result = word();
	o.head = word();
	o.bytes = word();
	o.data = take(o.bytes);
	o.known = take(o.bytes);
	return o;
}

static int load(const struct stage *stage, const struct program *p, bool log)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .prog_btf_fd = stage->btf[p->type], .func_info = p->funcs,
		    .func_info_cnt = p->func_cnt, .func_info_rec_size = sizeof(*p->funcs),
		    .log_level = log, .log_buf = log ? verifier_log : NULL, .log_size = log ? LOG_BYTES : 0);

	if (p->insn_cnt > sizeof(patched) / sizeof(*patched))
		return -E2BIG;
	memcpy(patched, p->insns, p->insn_cnt * sizeof(*patched));
	for (uint32_t i = 0; i < p->insn_cnt; i++) {
		if (patched[i].code != (BPF_LD | BPF_IMM | BPF_DW))
			continue;
		if (patched[i].src_reg == BPF_PSEUDO_MAP_FD)
			patched[i].imm = stage->maps[patched[i].imm % MAPS];
		i++;
	}
	return bpf_prog_load(types[p->type], "fuzz", "GPL", patched, p->insn_cnt, &opts);
}

static int must_load(const struct stage *stage, const struct program *p)
{
	int fd = load(stage, p, false);

	if (fd < 0)
		die("a program of the runner's own is refused");
	return fd;
}

static void put(int map, uint32_t key, const void *value)
{
	if (bpf_map_update_elem(map, &key, value, BPF_ANY))
		die("map update");
}

static void clear(int map, uint32_t key)
{
	if (bpf_map_delete_elem(map, &key) && errno != ENOENT)
		die("map delete");
}

static void set_swapped(struct stage *stage, uint32_t swapped)
{
	if (stage->swapped == swapped)
		return;
	if (swapped)
		put(stage->maps[MAP_JMP], SLOT_SWAPPED, swapped == 1 ? &stage->returns : &stage->records);
	else
		clear(stage->maps[MAP_JMP], SLOT_SWAPPED);
	stage->swapped = swapped;
}

static void set_event(struct stage *stage, uint32_t event)
{
	if (stage->event == event)
		return;
	if (event)
		put(stage->maps[MAP_RINGS], ring.cpu, &ring.fd);
	else
		clear(stage->maps[MAP_RINGS], ring.cpu);
	stage->event = event;
}

static void open_stage(struct stage *stage, const char *mode, const void *const btf[2], const uint32_t btf_bytes[2],
		       const struct program own[4])
{
	LIBBPF_OPTS(bpf_map_create_opts, typed, .map_extra = types[0]);
	int cpus = libbpf_num_possible_cpus();
	uint64_t ecb[64];

	memset(stage, 0, sizeof(*stage));
	stage->mode = mode;
	for (int i = 0; i < 64; i++)
		ecb[i] = 0x222200001111ull;
	for (int i = 0; i < 2; i++) {
		stage->btf[i] = bpf_btf_load(btf[i], btf_bytes[i], NULL);
		if (stage->btf[i] < 0)
			die("BTF");
	}
	stage->maps[MAP_JMP] = bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, "jmp", 4, 4, SLOTS, &typed);
	stage->maps[MAP_RINGS] = bpf_map_create(BPF_MAP_TYPE_PERF_EVENT_ARRAY, "rings", 4, 4, cpus, NULL);
	stage->maps[MAP_EMPTY] = bpf_map_create(BPF_MAP_TYPE_PERF_EVENT_ARRAY, "empty", 4, 4, cpus, NULL);
	stage->maps[MAP_ECBS] = bpf_map_create(BPF_MAP_TYPE_PERCPU_ARRAY, "ecbs", 4, 8, 1, NULL);
	for (int i = 0; i < MAPS; i++)
		if (stage->maps[i] < 0)
			die("map create");
	put(stage->maps[MAP_ECBS], 0, ecb);
	stage->entry = must_load(stage, &own[0]);
	stage->returns = must_load(stage, &own[1]);
	stage->records = must_load(stage, &own[2]);
	stage->probe = must_load(stage, &own[3]);
	put(stage->maps[MAP_JMP], SLOT_RETURNS, &stage->returns);
	put(stage->maps[MAP_JMP], SLOT_RECORDS, &stage->records);
	put(stage->maps[MAP_JMP], SLOT_PROBE, &stage->probe);
	set_event(stage, 1);
}

static void close_stage(const struct stage *stage)
{
	const int fds[] = { stage->entry, stage->returns, stage->records, stage->probe, stage->btf[0], stage->btf[1] };

	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++)
		close(fds[i]);
	for (int i = 0; i < MAPS; i++)
		close(stage->maps[i]);
}

static __attribute__((format(printf, 5, 6))) void tell(const struct stage *stage, uint32_t program, const char *what,
							uint32_t scenario, const char *format, ...)
{
	va_list args;

	if (seen++ >= MOST_SEEN)
		return;
	printf("SEEN %s %u %s %u ", stage->mode, program, what, scenario);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

static unsigned char at(uint64_t base, uint32_t offset)
{
	return ring.data[(base + offset) & (ring.bytes - 1)];
}

static void tell_ring(const struct stage *stage, uint32_t program, uint32_t scenario, uint64_t base, const char *why,
		      uint32_t bytes)
{
	static char hex[2 * 512 + 1];

	for (uint32_t i = 0; i < 512 && i < bytes + 64; i++)
		sprintf(hex + 2 * i, "%02x", at(base, i));
	tell(stage, program, "ring", scenario, "%s head %llu bytes %s", why,
	     (unsigned long long)(ring_head(&ring) - base), hex);
}

/* Whether the ring has from @base on, for @bytes that may go around its end, what it had before. */
static bool untouched(uint64_t base, size_t bytes)
{
	size_t start = base & (ring.bytes - 1);
	size_t behind = bytes < ring.bytes - start ? bytes : ring.bytes - start;

	return !memcmp(ring.data + start, before + start, behind) && !memcmp(ring.data, before, bytes - behind);
}

/* Whether the ring holds what is expected and nothing else was written; it is as new afterwards. */
static void check_ring(const struct stage *stage, uint32_t program, uint32_t scenario, uint64_t base,
		       const struct outcome *expected)
{
	uint64_t head = ring_head(&ring);
	const char *why = NULL;
	uint32_t i;

	if (head - base != expected->head)
		why = "head";
	for (i = 0; !why && i < expected->bytes; i++)
		if (expected->known[i] && at(base, i) != expected->data[i])
			why = "record";
	if (!why && !untouched(base + i, ring.bytes - i))
		why = "outside";
	if (why)
		tell_ring(stage, program, scenario, base, why, expected->bytes);
	ring_set_tail(&ring, head);
}

/* Of a run that is not known in full: the probe's record is the last one. */
static void check_last(const struct stage *stage, uint32_t program, uint32_t scenario, uint64_t base,
		       const struct outcome *alone)
{
	uint64_t head = ring_head(&ring);
	const char *why = head - base < alone->head ? "head" : NULL;

	for (uint32_t i = 0; !why && i < alone->bytes; i++)
		if (at(head - alone->head, i) != alone->data[i])
			why = "last record";
	if (why)
		tell_ring(stage, program, scenario, base, why, 256);
	ring_set_tail(&ring, head);
}

static int fire(int prog, const uint64_t args[12])
{
	LIBBPF_OPTS(bpf_test_run_opts, run, .ctx_in = args, .ctx_size_in = 12 * sizeof(*args));

	if (bpf_prog_test_run_opts(prog, &run))
		die("test run");
	return (int)run.retval;
}

static void run(struct stage *stage, uint32_t index, const struct program *p, int fd, const struct scenario *scenarios,
		const struct outcome *outcomes, uint32_t scenario_cnt, const struct outcome *alone)
{
	if (p->type == 0)
		put(stage->maps[MAP_JMP], SLOT_SUBJECT, &fd);
	for (uint32_t s = 0; s < scenario_cnt; s++) {
		uint64_t base = ring_head(&ring), args[12];
		uint32_t result;

		memcpy(before, ring.data, ring.bytes);
		memcpy(args, scenarios[s].args, sizeof(args));
		set_swapped(stage, scenarios[s].swapped);
		set_event(stage, scenarios[s].event);
		result = fire(p->type == 0 ? stage->entry : fd, args);
		sched_yield();
		if (outcomes[s].flags & RESULT_KNOWN && result != outcomes[s].result)
			tell(stage, index, "result", s, "%x instead of %x", result, outcomes[s].result);
		set_event(stage, 1);
		args[11] = SLOT_PROBE;
		result = fire(stage->entry, args);
		if (result != alone->result)
			tell(stage, index, "probe", s, "%x instead of %x", result, alone->result);
		if (outcomes[s].flags & RING_KNOWN)
			check_ring(stage, index, s, base, &outcomes[s]);
		else
			check_last(stage, index, s, base, alone);
	}
	if (p->type == 0)
		clear(stage->maps[MAP_JMP], SLOT_SUBJECT);
}

/* What the kernel has said since the last time, from warnings on. */
static void read_kmsg(const struct stage *stage, uint32_t index)
{
	char line[8192];
	ssize_t bytes;

	while ((bytes = read(kmsg, line, sizeof(line) - 1)) > 0 || (bytes < 0 && errno == EPIPE)) {
		char *text;

		if (bytes <= 0)
			continue;
		line[bytes] = '\0';
		text = strchr(line, ';');
		if (!text || (strtoul(line, NULL, 10) & 7) > WARNING)
			continue;
		text[strcspn(text, "\n")] = '\0';
		tell(stage, index, "kernel", 0, "%s", text + 1);
	}
}

static void mark(const char *mode, uint32_t index)
{
	char text[64];

	if (write(kmsg, text, sprintf(text, "<6>dtrace-fuzz: %s program %u", mode, index)) < 0)
		die("/dev/kmsg");
}

static void tell_log(uint32_t index)
{
	char *line, *rest = verifier_log;

	while ((line = strsep(&rest, "\n")))
		if (*line)
			printf("LOG %u %s\n", index, line);
}

static const unsigned char *read_batch(const char *path)
{
	struct stat stat;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	const void *bytes;

	if (fd < 0 || fstat(fd, &stat))
		die(path);
	bytes = mmap(NULL, stat.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED)
		die(path);
	close(fd);
	return bytes;
}

static void open_ring(int cpu)
{
	pin_to(cpu);
	if (ring_open(&ring, cpu, RING_PAGES, NULL))
		die("ring");
}

static char verdict(int fd)
{
	if (fd >= 0)
		return 'L';
	return fd == -EINVAL || fd == -EACCES || fd == -EPERM ? 'R' : 'O';
}

static int fuzz(int argc, char **argv)
{
	uint32_t scenario_cnt, programs, btf_bytes[2], every, interpreted = 0;
	struct scenario scenarios[16];
	struct outcome alone, outcomes[16];
	const unsigned char *first;
	const void *btf[2];
	struct program own[4];
	struct stage stage;
	char *status;
	bool log = argc > 4;

	if (argc < 4) {
		fprintf(stderr, "usage: workload fuzz BATCH MARK TYPE [log]\n");
		return 2;
	}
	cursor = read_batch(argv[1]);
	every = number(argv[2]);
	kmsg = open("/dev/kmsg", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (kmsg < 0 || lseek(kmsg, 0, SEEK_END) < 0)
		die("/dev/kmsg");
	prctl(PR_SET_NAME, "fuzz");
	/* Taking a program out of a slot that has direct jumps waits for a grace period. */
	change(&expedited, "1");
	types[0] = number(argv[3]);
	open_ring(0);
	if (word() != MAGIC) {
		fprintf(stderr, "%s is no batch\n", argv[1]);
		return 2;
	}
	scenario_cnt = word();
	programs = word();
	for (int i = 0; i < 2; i++)
		btf_bytes[i] = word();
	for (int i = 0; i < 2; i++)
		btf[i] = take(btf_bytes[i]);
	if (scenario_cnt > sizeof(scenarios) / sizeof(*scenarios))
		return 2;
	for (uint32_t i = 0; i < scenario_cnt; i++)
		memcpy(&scenarios[i], take(sizeof(*scenarios)), sizeof(*scenarios));
	for (int i = 0; i < 4; i++)
		own[i] = take_program();
	alone = take_outcome();
	first = cursor;
	status = calloc(programs + 1, 1);

	for (int interpreter = 0; interpreter < 2; interpreter++) {
		cursor = first;
		change(&jit, interpreter ? "0" : "1");
		open_stage(&stage, interpreter ? "interpreter" : "jit", btf, btf_bytes, own);
		for (uint32_t i = 0; i < programs; i++) {
			struct program p = take_program();
			int fd;

			for (uint32_t s = 0; s < scenario_cnt; s++)
				outcomes[s] = take_outcome();
			if (i % every == 0)
				mark(stage.mode, i);
			if (interpreter && (status[i] != 'L' || !(p.flags & INTERPRETED)))
				continue;
			fd = load(&stage, &p, log);
			if (!interpreter)
				status[i] = verdict(fd);
			if (fd < 0) {
				if (interpreter || status[i] == 'O')
					tell(&stage, i, "errno", 0, "%d", fd);
				if (log)
					tell_log(i);
			} else {
				interpreted += interpreter;
				if (!(p.flags & LOAD_ONLY))
					run(&stage, i, &p, fd, scenarios, outcomes, scenario_cnt,
					    &alone);
				close(fd);
			}
			read_kmsg(&stage, i);
		}
		close_stage(&stage);
	}
	set(jit.path, jit.before);
	set(expedited.path, expedited.before);
	printf("STATUS %s\nINTERPRETED %u\nEND\n", status, interpreted);
	free(status);
	return 0;
}
WORKLOAD_COMMAND("fuzz", fuzz);
