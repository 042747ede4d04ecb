// SPDX-License-Identifier: GPL-2.0-only
/* The program: dispatches to the subcommands that the other files register. */
#include <stdio.h>
#include <string.h>
#include "native.h"

extern const struct workload_command __start_workload_commands[];
extern const struct workload_command __stop_workload_commands[];

int main(int argc, char **argv)
{
	const struct workload_command *command;

	for (command = __start_workload_commands; command < __stop_workload_commands; command++)
		if (argc > 1 && strcmp(argv[1], command->name) == 0)
			return command->run(argc - 1, argv + 1);
	fprintf(stderr, "usage: %s COMMAND [ARGUMENT...]\ncommands:", argv[0]);
	for (command = __start_workload_commands; command < __stop_workload_commands; command++)
		fprintf(stderr, " %s", command->name);
	fprintf(stderr, "\n");
	return 2;
}
