// SPDX-License-Identifier: GPL-2.0-only
/* For tools/dtrace: an object without the rings that it reads. */
#include "tool.h"

DTRACE_ARRAY(actions, 1);

SEC("kprobe/__x64_sys_getpgid")
int entry(void *ctx)
{
	return 0;
}
