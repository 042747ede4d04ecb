/* SPDX-License-Identifier: GPL-2.0 */
/* What an action and its caller write down; selftests/tables/dtrace-sources.ts reads it. */
#ifndef SELFTESTS_DTRACE_SOURCES_H
#define SELFTESTS_DTRACE_SOURCES_H

struct view {
	__u64 fired, kind, retval, cookie;
	__u64 argv[DTRACE_ARGC];
	/* Of the first firing; the others are of the last one. */
	__u64 first;
	bpf_user_pt_regs_t regs;
};

/* Not 0 is what an action returns: nothing but the action knows what that means. */
#define ACTION(name, view)						\
	SEC("dtrace")							\
	int name(struct dtrace_bpf_context *ctx)			\
	{								\
		const bpf_user_pt_regs_t *regs = ctx->regs;		\
									\
		if (!(view).fired++)					\
			(view).first = ctx->kind;			\
		(view).kind = ctx->kind;				\
		(view).retval = ctx->retval;				\
		(view).cookie = bpf_get_attach_cookie(ctx);		\
		_Pragma("unroll")					\
		for (int i = 0; i < DTRACE_ARGC; i++)			\
			(view).argv[i] = ctx->argv[i];			\
		COPY_REGS((view).regs, *regs);				\
		return 1;						\
	}

#endif
