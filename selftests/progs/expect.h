/* SPDX-License-Identifier: GPL-2.0-only */
/* What the verifier is to say of a program, in front of it; read from BTF and compared by harness/verdicts.ts. */
#ifndef EXPECT_H
#define EXPECT_H

#define __accepted __attribute__((btf_decl_tag("expect:accepted")))
/* Name of the errno, and a part of the log, word for word. */
#define __refused(errno_name, text) __attribute__((btf_decl_tag("expect:refused:" #errno_name ":" text)))

#endif
