/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A condition for loops that the verifier does not have to follow to their end. What bpf_loop() is for compiled
 * programs, interpreted ones can have, too: for 65,535 turns, as Linux 7.3 then asks a JIT how long it has been,
 * whether or not there is one, and dies.
 */
#ifndef CAN_LOOP_H
#define CAN_LOOP_H

#define can_loop ({						\
		__label__ enough;				\
		int more = 0;					\
								\
		asm volatile goto("may_goto %l0" :::: enough);	\
		more = 1;					\
	enough:							\
		more;						\
	})

#endif
