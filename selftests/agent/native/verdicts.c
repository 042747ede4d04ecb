// SPDX-License-Identifier: GPL-2.0-only
/* workload verdicts OBJECT: what progs/expect.h says of each program, as a JSON array of [program, tag]. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <bpf/btf.h>
#include "native.h"

static void print_string(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putchar('\\');
		putchar(*text);
	}
	putchar('"');
}

static int verdicts(int argc, char **argv)
{
	struct btf *btf = argc == 2 ? btf__parse(argv[1], NULL) : NULL;
	const char *separator = "";

	if (!btf) {
		fprintf(stderr, "verdicts: %s\n", argc == 2 ? strerror(errno) : "one object, please");
		return 2;
	}
	printf("[");
	for (__u32 id = 1; id < btf__type_cnt(btf); id++) {
		const struct btf_type *tag = btf__type_by_id(btf, id), *of;
		const char *text;

		if (!btf_is_decl_tag(tag))
			continue;
		text = btf__name_by_offset(btf, tag->name_off);
		of = btf__type_by_id(btf, tag->type);
		if (!btf_is_func(of) || strncmp(text, "expect:", 7))
			continue;
		printf("%s[", separator);
		print_string(btf__name_by_offset(btf, of->name_off));
		printf(",");
		print_string(text + 7);
		printf("]");
		separator = ",";
	}
	printf("]\n");
	btf__free(btf);
	return 0;
}
WORKLOAD_COMMAND("verdicts", verdicts);
