// SPDX-License-Identifier: GPL-2.0-only
/*
 * A QEMU TCG plugin that counts the guest's instructions by address between two executions of one address, the mark.
 * With the mark on bpf_ktime_get_ns and one benchmark program running, that is between the two clock readings of every
 * batch. Each time the mark was executed as often as asked for, "ADDRESS COUNT" lines go to the next file (OUT.0,
 * OUT.1, ...) and counting begins anew: a program after the other, and a guest may be killed at any time.
 *
 * gcc -shared -fPIC -O2 -o profile-plugin.so profile-plugin.c
 * qemu-system-x86_64 ... -plugin profile-plugin.so,mark=0xffffffff81234567,times=100,out=counts.txt
 *
 * The interface is declared here because distributions do not package qemu-plugin.h; it is version 1's.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef struct qemu_info_t qemu_info_t;
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };

extern void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
						  void (*callback)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb));
extern void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb,
						 void (*callback)(unsigned int cpu, void *data),
						 enum qemu_plugin_cb_flags flags, void *data);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
extern uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);

int qemu_plugin_version = 1;

struct block {
	uint64_t address;
	uint64_t instructions;
	uint64_t runs;
	struct block *next;
};

static struct block *blocks;
static uint64_t mark;
static uint64_t marks;
static uint64_t times;
static unsigned int files;
static const char *out_path = "counts.txt";

static void write_counts(void)
{
	char name[4096];
	FILE *out;

	snprintf(name, sizeof(name), "%s.%u", out_path, files++);
	out = fopen(name, "w");
	if (!out)
		return;
	fprintf(out, "marks %" PRIu64 "\n", marks);
	for (struct block *block = blocks; block; block = block->next) {
		if (block->runs)
			fprintf(out, "%" PRIx64 " %" PRIu64 "\n", block->address, block->runs * block->instructions);
		block->runs = 0;
	}
	fclose(out);
	marks = 0;
}

/* Odd number of marks seen: inside a batch. */
static void ran(unsigned int cpu, void *data)
{
	struct block *block = data;

	(void)cpu;
	if (block->address == mark && ++marks == times)
		write_counts();
	if (marks & 1)
		block->runs++;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	struct block *block = calloc(1, sizeof(*block));

	(void)id;
	block->address = qemu_plugin_tb_vaddr(tb);
	block->instructions = qemu_plugin_tb_n_insns(tb);
	block->next = blocks;
	blocks = block;
	qemu_plugin_register_vcpu_tb_exec_cb(tb, ran, QEMU_PLUGIN_CB_NO_REGS, block);
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int count, char **words)
{
	(void)info;
	for (int at = 0; at < count; at++) {
		if (!strncmp(words[at], "mark=", 5))
			mark = strtoull(words[at] + 5, NULL, 0);
		else if (!strncmp(words[at], "times=", 6))
			times = strtoull(words[at] + 6, NULL, 0);
		else if (!strncmp(words[at], "out=", 4))
			out_path = strdup(words[at] + 4);
		else
			return 1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
