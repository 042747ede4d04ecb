/* SPDX-License-Identifier: GPL-2.0-only */
/* What the verifier says, word for word up to what differs by program (register, instruction, offset). */
#ifndef BUFFER_MESSAGES_H
#define BUFFER_MESSAGES_H

#include <linux/version.h>

#define BEFORE_END	" before bpf_buffer_commit or bpf_buffer_discard of the bpf_buffer_reserve at insn "
/* From 7.3 on one hook, with names of its own, is in front of all ways out of a program. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 3, 0)
#define MSG_EXIT	"BPF_EXIT instruction in main prog" BEFORE_END
#else
#define MSG_EXIT	"exit" BEFORE_END
#endif
#define MSG_TAIL	"tail_call" BEFORE_END
#define MSG_FUNCTION	" is not in the main program, as those of BPF_PROG_TYPE_DTRACE have to be"
#define MSG_TWICE	"bpf_buffer_reserve" BEFORE_END
#define MSG_SLEEP	"sleepable helper call" BEFORE_END
#define MSG_GLOBAL	"global function call" BEFORE_END
#define MSG_DEAD_GLOBAL	"Caller passes invalid args into func#"
#define MSG_NO_COMMIT	"bpf_buffer_commit without bpf_buffer_reserve"
#define MSG_NO_DISCARD	"bpf_buffer_discard without bpf_buffer_reserve"
#define MSG_OTHER_ID	"bpf_buffer_commit of buffer "
#define MSG_OTHER_MAP	" with another map than the bpf_buffer_reserve at insn "
#define MSG_ID		"R2 of bpf_buffer_reserve is not a constant buffer id"
#define MSG_LOAD_BUF	"loaded without bpf_buffer_reserve of buffer "
#define MSG_WHOLE	" is to be loaded as a whole"
#define MSG_CTX		"invalid bpf_context access off="
/* A pointer whose buffer was committed is a number like any other. */
#define MSG_DEAD	" invalid mem access 'scalar'"
#define MSG_DEAD_ARG	"R1 type=scalar expected="
#define MSG_MEM_TYPES \
	"R1 type=scalar expected=fp, pkt, pkt_meta, map_key, map_value, mem, ringbuf_mem, buf, trusted_ptr_"	\
	MEM_CTX ", ctx_buf"
#define MSG_SHARED(reg, helper) "R" #reg " of " helper " is in a ctx_buf, which other writers may overwrite"
#define MSG_CONST_STR(reg) "R" #reg " type=ctx_buf expected=map_value"
#define MSG_RANGE	"invalid access to buffer, off="
/* An access in front of the buffer: constant offsets are in the bounds of the register there. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 3, 0)
#define MSG_BEFORE	" min value is negative, either use unsigned index or do a if (index >=0) check."
#define MSG_REACH	MSG_RANGE
#define MEM_CTX		", ctx"
#else
#define MSG_BEFORE	MSG_RANGE
#define MSG_REACH	MSG_MIN
#define MEM_CTX		""
#endif
#define MSG_BEYOND(at, size, proven) \
	"invalid access to buffer, off=" #at " size=" #size ", R2(id=0,off=" #at ",r=" #proven ")"
#define MSG_MIN		"R2 min value is negative, either use unsigned index or do a if (index >=0) check."
#define MSG_END_ARITH	"pointer arithmetic on ctx_buf_end prohibited"
#define MSG_END_ACCESS	"R3 invalid mem access 'ctx_buf_end'"
#define MSG_END_ARG	"R1 type=ctx_buf_end expected="
#define MSG_ATOMIC	"BPF_ATOMIC stores into R2 ctx_buf is not allowed"
#define MSG_MAP(helper)	"cannot pass map_type 2 into func " helper "#"
#define MSG_CTX_ARG	"dereference of modified ctx ptr R1 off=8 disallowed"
#define MSG_NOT_CTX	"R1 type=fp expected=ctx"
#define MSG_HELPER(helper) "program of this type cannot use helper " helper "#"

#endif
