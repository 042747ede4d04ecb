// SPDX-License-Identifier: GPL-2.0-only
/* For tools/dtrace: only DTRACE programs, and nothing that leads to them. */
#include "tool.h"

DTRACE_ARRAY(actions, 1);

RINGS(buffers);

SEC("dtrace/0")
int action(void *ctx)
{
	return 0;
}
