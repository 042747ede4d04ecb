// SPDX-License-Identifier: GPL-2.0-only
/* Keeps what libbpf prints, for the answer of the request that made it print. */
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <bpf/libbpf.h>
#include "native.h"

static char kept[1 << 20];
static size_t kept_len;
static pthread_mutex_t kept_lock = PTHREAD_MUTEX_INITIALIZER;

static int keep(enum libbpf_print_level level, const char *format, va_list args)
{
	int n;

	if (level == LIBBPF_DEBUG)
		return 0;
	pthread_mutex_lock(&kept_lock);
	n = vsnprintf(kept + kept_len, sizeof(kept) - kept_len, format, args);
	if (n > 0)
		kept_len += (size_t)n < sizeof(kept) - kept_len ? (size_t)n : sizeof(kept) - kept_len - 1;
	pthread_mutex_unlock(&kept_lock);
	return n;
}

void nat_log_capture(void)
{
	libbpf_set_print(keep);
}

/* Bytes copied; what is kept starts afresh. */
uint64_t nat_log_take(char *out, uint64_t room)
{
	uint64_t n;

	pthread_mutex_lock(&kept_lock);
	n = kept_len < room ? kept_len : room;
	memcpy(out, kept, n);
	kept_len = 0;
	pthread_mutex_unlock(&kept_lock);
	return n;
}
