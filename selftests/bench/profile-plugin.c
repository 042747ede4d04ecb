// SPDX-License-Identifier: GPL-2.0-only
/*
 * A QEMU TCG plugin that counts the guest's instructions by address between two executions of one address, the mark: a
 * function that only a benchmark calls, at the begin and at the end of every batch. At the end of each, lines of
 * "ADDRESS INSTRUCTIONS RUNS", one for each block of code, go to the next file (OUT.0, OUT.1, ...) and counting begins
 * anew: a batch after the other, and a guest may be killed at any time. A block that begins where a function does runs
 * as often as the function is called.
 *
 * gcc -shared -fPIC -O2 -o profile-plugin.so profile-plugin.c
 * qemu-system-x86_64 ... -plugin profile-plugin.so,mark=0xffffffff81234567,out=counts.txt
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
enum qemu_plugin_op { QEMU_PLUGIN_INLINE_ADD_U64 };

extern void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
						  void (*callback)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb));
extern void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb,
						 void (*callback)(unsigned int cpu, void *data),
						 enum qemu_plugin_cb_flags flags, void *data);
extern void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, enum qemu_plugin_op op, void *to,
						     uint64_t what);
extern void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *insn, enum qemu_plugin_op op, void *to,
						       uint64_t what);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t at);
extern uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);

int qemu_plugin_version = 1;

struct block {
	uint64_t address;
	/* Each counted as it is executed: a fault, and the end of a page, cut a block short. */
	uint64_t instructions;
	uint64_t runs;
	struct block *next;
};

static struct block *blocks;
static uint64_t mark;
static bool inside;
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
	for (struct block *block = blocks; block; block = block->next)
		if (block->runs)
			fprintf(out, "%" PRIx64 " %" PRIu64 " %" PRIu64 "\n", block->address, block->instructions,
				block->runs);
	fclose(out);
}

static void marked(unsigned int cpu, void *data)
{
	(void)cpu;
	(void)data;
	if (inside)
		write_counts();
	inside = !inside;
	for (struct block *block = blocks; block; block = block->next)
		block->instructions = block->runs = 0;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	struct block *block = calloc(1, sizeof(*block));

	(void)id;
	block->address = qemu_plugin_tb_vaddr(tb);
	block->next = blocks;
	blocks = block;
	if (block->address == mark)
		qemu_plugin_register_vcpu_tb_exec_cb(tb, marked, QEMU_PLUGIN_CB_NO_REGS, NULL);
	qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64, &block->runs, 1);
	for (size_t at = 0; at < qemu_plugin_tb_n_insns(tb); at++)
		qemu_plugin_register_vcpu_insn_exec_inline(qemu_plugin_tb_get_insn(tb, at), QEMU_PLUGIN_INLINE_ADD_U64,
							   &block->instructions, 1);
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int count, char **words)
{
	(void)info;
	for (int at = 0; at < count; at++) {
		if (!strncmp(words[at], "mark=", 5))
			mark = strtoull(words[at] + 5, NULL, 0);
		else if (!strncmp(words[at], "out=", 4))
			out_path = strdup(words[at] + 4);
		else
			return 1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
