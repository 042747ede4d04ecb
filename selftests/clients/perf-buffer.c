// SPDX-License-Identifier: GPL-2.0-only
/*
 * perf-buffer PROGRAM READER PAGES CPUS SAMPLE_TYPE WAKEUP STEP...
 *
 * A program of the type PROGRAM (raw_tp, tracepoint, kprobe, skb) calls bpf_perf_event_output() on each of CPUS in
 * turn, and an unchanged libbpf reads: with perf_buffer__new() if READER is new, with perf_buffer__new_raw() if it is
 * raw. WAKEUP is a number of events, or of bytes if it is negative.
 *
 * A STEP is FROM,TO,BY,ROUNDS,EVERY: data of FROM to TO bytes, so many times; what there is is read when EVERY writes
 * are done, and at the end. EVERY 0 is at the end only, and -1 polls behind each write.
 *
 * All that the reader is given is printed as it is; scripts/clients/perf-buffer-dump.ts says what of it is compared. It
 * uses nothing that only one of two kernels has.
 */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LARGEST 65516
#define PACKET 60
#define PAGE 4096
#define SHOWN_RING (8 * PAGE)
/* Long enough for a reader that is to be woken: the writer's own CPU does it before the writer goes on. */
#define POLL_MS 50
#ifdef __aarch64__
#define FUNCTION "__arm64_sys_getpgid"
#else
#define FUNCTION "__x64_sys_getpgid"
#endif

/* The value of an array map: what the program is asked, and what it says. */
struct shared {
	uint64_t size, flags, tgid;
	int64_t result;
	uint64_t runs;
	uint8_t data[LARGEST];
};

static struct shared *shared;
static struct perf_buffer *reader;
static const char *type;
static int program, rings;
static unsigned int writes;

#define NEED(done, what)				\
	do {						\
		if (!(done)) {				\
			perror(what);			\
			exit(2);			\
		}					\
	} while (0)

static uint8_t pattern(unsigned int seed, unsigned int at)
{
	return seed * 167 + at * 13 + (at >> 8) * 101;
}

static void print_bytes(const void *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		printf("%02x", ((const uint8_t *)data)[i]);
	printf(size ? "\n" : "-\n");
}

static enum bpf_perf_event_ret on_record(void *cookie, int cpu, struct perf_event_header *header)
{
	(void)cookie;
	printf("record %d ", cpu);
	print_bytes(header, header->size);
	return LIBBPF_PERF_EVENT_CONT;
}

static void on_sample(void *cookie, int cpu, void *data, uint32_t size)
{
	(void)cookie;
	printf("sample %d ", cpu);
	print_bytes(data, size);
}

static void on_lost(void *cookie, int cpu, __u64 count)
{
	(void)cookie;
	printf("lost %d %llu\n", cpu, (unsigned long long)count);
}

#define INSN(CODE, DST, SRC, OFF, IMM) \
	((struct bpf_insn){ .code = (CODE), .dst_reg = (DST), .src_reg = (SRC), .off = (OFF), .imm = (IMM) })
#define MOVE(DST, SRC) INSN(BPF_ALU64 | BPF_MOV | BPF_X, DST, SRC, 0, 0)
#define ADD(DST, IMM) INSN(BPF_ALU64 | BPF_ADD | BPF_K, DST, 0, 0, IMM)
#define LOAD(DST, MEMBER) INSN(BPF_LDX | BPF_MEM | BPF_DW, DST, 7, offsetof(struct shared, MEMBER), 0)
#define STORE(MEMBER, SRC) INSN(BPF_STX | BPF_MEM | BPF_DW, 7, SRC, offsetof(struct shared, MEMBER), 0)
#define MAP(DST, KIND, FD) INSN(BPF_LD | BPF_IMM | BPF_DW, DST, KIND, 0, FD), INSN(0, 0, 0, 0, 0)
#define CALL(HELPER) INSN(BPF_JMP | BPF_CALL, 0, 0, 0, HELPER)

/* No compiler for it is needed, and nothing is relocated: each kernel gets the same instructions. */
static int load(enum bpf_prog_type prog_type, int values)
{
	const struct bpf_insn insns[] = {
		MOVE(6, 1),
		MAP(7, BPF_PSEUDO_MAP_VALUE, values),
		CALL(BPF_FUNC_get_current_pid_tgid),
		INSN(BPF_ALU64 | BPF_RSH | BPF_K, 0, 0, 0, 32),
		LOAD(1, tgid),
		INSN(BPF_JMP | BPF_JNE | BPF_X, 0, 1, 13, 0),
		LOAD(5, size),
		INSN(BPF_JMP | BPF_JGT | BPF_K, 5, 0, 11, LARGEST),
		MOVE(1, 6),
		MAP(2, BPF_PSEUDO_MAP_FD, rings),
		LOAD(3, flags),
		MOVE(4, 7),
		ADD(4, offsetof(struct shared, data)),
		CALL(BPF_FUNC_perf_event_output),
		STORE(result, 0),
		LOAD(1, runs),
		ADD(1, 1),
		STORE(runs, 1),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0),
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};
	static char log[65536];
	LIBBPF_OPTS(bpf_prog_load_opts, options, .log_buf = log, .log_size = sizeof(log), .log_level = 1);
	int fd = bpf_prog_load(prog_type, "perf_buffer", "GPL", insns, sizeof(insns) / sizeof(insns[0]), &options);

	if (fd < 0)
		fputs(log, stderr);
	NEED(fd >= 0, "bpf_prog_load");
	return fd;
}

static unsigned long number_in(const char *file)
{
	unsigned long number = 0;
	FILE *stream = fopen(file, "r");

	NEED(stream && fscanf(stream, "%lu", &number) == 1, file);
	fclose(stream);
	return number;
}

static void attach(struct perf_event_attr *attr)
{
	int fd;

	attr->size = sizeof(*attr);
	attr->sample_period = 1;
	fd = syscall(SYS_perf_event_open, attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	NEED(fd >= 0, "perf_event_open");
	NEED(!ioctl(fd, PERF_EVENT_IOC_SET_BPF, program), "PERF_EVENT_IOC_SET_BPF");
	NEED(!ioctl(fd, PERF_EVENT_IOC_ENABLE, 0), "PERF_EVENT_IOC_ENABLE");
}

static void open_program(int values)
{
	struct perf_event_attr attr = { 0 };

	if (!strcmp(type, "raw_tp")) {
		program = load(BPF_PROG_TYPE_RAW_TRACEPOINT, values);
	} else if (!strcmp(type, "skb")) {
		program = load(BPF_PROG_TYPE_SCHED_CLS, values);
	} else if (!strcmp(type, "tracepoint")) {
		program = load(BPF_PROG_TYPE_TRACEPOINT, values);
		attr.type = PERF_TYPE_TRACEPOINT;
		attr.config = number_in("/sys/kernel/tracing/events/syscalls/sys_enter_getpgid/id");
		attach(&attr);
	} else if (!strcmp(type, "kprobe")) {
		program = load(BPF_PROG_TYPE_KPROBE, values);
		attr.type = number_in("/sys/bus/event_source/devices/kprobe/type");
		attr.kprobe_func = (uintptr_t)FUNCTION;
		attach(&attr);
	} else {
		fprintf(stderr, "what is %s?\n", type);
		exit(2);
	}
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	NEED(!sched_setaffinity(0, sizeof(set), &set), "sched_setaffinity");
}

static void fire(const uint8_t *packet)
{
	LIBBPF_OPTS(bpf_test_run_opts, options);
	uint64_t before = shared->runs;

	if (!strcmp(type, "tracepoint") || !strcmp(type, "kprobe")) {
		syscall(SYS_getpgid, 0);
	} else {
		if (!strcmp(type, "skb")) {
			options.data_in = packet;
			options.data_size_in = PACKET;
			options.repeat = 1;
		}
		NEED(!bpf_prog_test_run_opts(program, &options), "bpf_prog_test_run_opts");
	}
	if (shared->runs != before + 1) {
		fprintf(stderr, "write %u: the program ran %llu times\n", writes,
			(unsigned long long)shared->runs - before);
		exit(2);
	}
}

static void write_one(unsigned int size, int cpu)
{
	unsigned int of_packet = strcmp(type, "skb") ? 0 : PACKET;
	uint8_t packet[PACKET];

	writes++;
	for (unsigned int i = 0; i < size; i++)
		shared->data[i] = pattern(writes, i);
	for (unsigned int i = 0; i < PACKET; i++)
		packet[i] = ~pattern(writes, i);
	shared->size = size;
	shared->flags = BPF_F_CURRENT_CPU | (uint64_t)of_packet << 32;
	pin(cpu);
	fire(packet);
	printf("write %d %u %u %lld\n", cpu, size, of_packet, (long long)shared->result);
}

static void run_step(const char *step, int cpus)
{
	unsigned int from, to, by, rounds, unread = 0;
	int every;

	if (sscanf(step, "%u,%u,%u,%u,%d", &from, &to, &by, &rounds, &every) != 5 || to > LARGEST || !by) {
		fprintf(stderr, "what is %s?\n", step);
		exit(2);
	}
	for (unsigned int round = 0; round < rounds; round++)
		for (unsigned int size = from; size <= to; size += by) {
			for (int cpu = 0; cpu < cpus; cpu++)
				write_one(size, cpu);
			if (every < 0) {
				printf("poll %d\n", perf_buffer__poll(reader, POLL_MS));
			} else if (++unread == (unsigned int)every) {
				printf("read %d\n", perf_buffer__consume(reader));
				unread = 0;
			}
		}
	printf("read %d\n", perf_buffer__consume(reader));
}

static void open_reader(const char *which, size_t pages, int cpus, uint64_t sample_type, int wakeup)
{
	LIBBPF_OPTS(perf_buffer_opts, options, .sample_period = wakeup);
	int numbers[] = { 0, 1, 2, 3 };
	LIBBPF_OPTS(perf_buffer_raw_opts, raw, .cpu_cnt = cpus, .cpus = numbers, .map_keys = numbers);
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_BPF_OUTPUT,
		.size = sizeof(attr),
		.sample_type = sample_type,
		.sample_period = 1,
		.sample_id_all = 1,
		.watermark = wakeup < 0,
		.wakeup_events = abs(wakeup),
	};

	if (!strcmp(which, "raw"))
		reader = perf_buffer__new_raw(rings, pages, &attr, on_record, NULL, &raw);
	else
		reader = perf_buffer__new(rings, pages, on_sample, on_lost, NULL, &options);
	NEED(reader, "perf_buffer__new");
	for (int cpu = 0; cpu < cpus; cpu++) {
		uint64_t id = 0;

		NEED(!ioctl(perf_buffer__buffer_fd(reader, cpu), PERF_EVENT_IOC_ID, &id), "PERF_EVENT_IOC_ID");
		printf("event %d %llu\n", cpu, (unsigned long long)id);
	}
}

/* The memory itself, which is what other readers see. */
static void print_ring(int cpu)
{
	struct perf_event_mmap_page *page;
	size_t size;

	NEED(!perf_buffer__buffer(reader, cpu, (void **)&page, &size), "perf_buffer__buffer");
	printf("ring %d %llu %llu ", cpu, (unsigned long long)page->data_head, (unsigned long long)page->data_tail);
	print_bytes((uint8_t *)page + page->data_offset, page->data_size > SHOWN_RING ? 0 : page->data_size);
}

int main(int argc, char **argv)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE);
	uint64_t sample_type;
	int values, cpus;

	if (argc < 8)
		return 2;
	type = argv[1];
	cpus = atoi(argv[4]);
	sample_type = strtoull(argv[5], NULL, 0);
	values = bpf_map_create(BPF_MAP_TYPE_ARRAY, "shared", 4, sizeof(*shared), 1, &options);
	NEED(values >= 0, "bpf_map_create");
	rings = bpf_map_create(BPF_MAP_TYPE_PERF_EVENT_ARRAY, "rings", 4, 4, cpus, NULL);
	NEED(rings >= 0, "bpf_map_create");
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, values, 0);
	NEED(shared != MAP_FAILED, "mmap");
	shared->tgid = getpid();
	printf("self %d %d\n", getpid(), gettid());
	printf("samples %s %#llx\n", argv[2], (unsigned long long)sample_type);
	open_program(values);
	open_reader(argv[2], atoi(argv[3]), cpus, sample_type, atoi(argv[6]));
	for (int i = 7; i < argc; i++)
		run_step(argv[i], cpus);
	for (int cpu = 0; cpu < cpus; cpu++)
		print_ring(cpu);
	printf("end %llu\n", (unsigned long long)shared->runs);
	perf_buffer__free(reader);
	return 0;
}
