/* SPDX-License-Identifier: GPL-2.0-only */
/* What a record holds, as the program writes it and as the reader expects it. */
#ifndef BUFFER_PATTERN_H
#define BUFFER_PATTERN_H

#include <linux/types.h>

/* Differs in every byte between neighbouring words and between records. */
static inline __u64 pattern_word(__u64 seed, __u32 word)
{
	return ((seed << 32) + word + 1) * 0x9e3779b97f4a7c15ull;
}

/* The 0 to 7 bytes behind the last whole word. */
static inline __u8 pattern_byte(__u64 seed, __u32 size, __u32 i)
{
	return (__u8)(0xa5 ^ seed ^ (size << 1) ^ (i << 4));
}

#endif
