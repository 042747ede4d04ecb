/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernels of two architectures call differently. */
#ifndef SELFTESTS_ARCH_H
#define SELFTESTS_ARCH_H

#if defined(__TARGET_ARCH_x86)

/* What runs a system call: its name for probes. */
#define SYSCALL_FN(name) "__x64_sys_" #name
#define NR_GETPGID 121

/* What a function that takes the context of a kprobe program says that it takes. */
#define KPROBE_CTX struct pt_regs

/* Word by word: each one is an access of its own to the verifier. */
#define COPY_REG(to, from, name) ((to).name = (from).name)
#define COPY_REGS(to, from)								\
	do {										\
		COPY_REG(to, from, r15), COPY_REG(to, from, r14);			\
		COPY_REG(to, from, r13), COPY_REG(to, from, r12);			\
		COPY_REG(to, from, rbp), COPY_REG(to, from, rbx);			\
		COPY_REG(to, from, r11), COPY_REG(to, from, r10);			\
		COPY_REG(to, from, r9), COPY_REG(to, from, r8);				\
		COPY_REG(to, from, rax), COPY_REG(to, from, rcx);			\
		COPY_REG(to, from, rdx), COPY_REG(to, from, rsi);			\
		COPY_REG(to, from, rdi), COPY_REG(to, from, orig_rax);			\
		COPY_REG(to, from, rip), COPY_REG(to, from, cs);			\
		COPY_REG(to, from, eflags), COPY_REG(to, from, rsp);			\
		COPY_REG(to, from, ss);							\
	} while (0)

#elif defined(__TARGET_ARCH_arm64)

#define SYSCALL_FN(name) "__arm64_sys_" #name
#define NR_GETPGID 155

/* uapi has no struct pt_regs there. */
#define KPROBE_CTX bpf_user_pt_regs_t

#define COPY_REGS(to, from)								\
	do {										\
		_Pragma("unroll")							\
		for (int i = 0; i < 31; i++)						\
			(to).regs[i] = (from).regs[i];					\
		(to).sp = (from).sp;							\
		(to).pc = (from).pc;							\
		(to).pstate = (from).pstate;						\
	} while (0)

#endif

#endif
