// SPDX-License-Identifier: GPL-2.0-only
/* For tools/dtrace: an object without the rings that it reads. */
#include "arch.h"
#include "tool.h"

DTRACE_ARRAY(actions, 1);

SEC("kprobe/" SYSCALL_FN(getpgid))
int entry(void *ctx)
{
	return 0;
}
