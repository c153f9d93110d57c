/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/confine.h - a process gives up what it does not need: before it parses anything that
 * strangers have written.
 *
 * Each call takes away one kind of thing, for good. They are made in the order of this file: user
 * and files need system calls that the last one may forbid.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

struct error;

struct confine_limit {
	int resource;
	rlim_t value;
};

/* What is lower already stays so. */
int confine_limits(const struct confine_limit *limits, size_t count, struct error *err);
/* Nobody's user and group, no capabilities, not even bounding ones, no new privileges, nothing for
 * others of that user to look into. Own session; SIGPIPE is ignored; SIGKILL with the parent. */
int confine_user(struct error *err);
/* No file may be opened but these (NULL-terminated) for reading, where the kernel has Landlock.
 * Links are followed now. */
int confine_files(const char *const *readable, struct error *err);

/* A system call that stays allowed, or one use of it: with a mask, only while the bits of the mask
 * have this value in the argument. More than one row of a call are alternatives. */
struct confine_call {
	int number, argument;
	uint64_t mask, value;
};

#define CONFINE_CALL(name)                                                                         \
	{                                                                                          \
		SYS_##name, 0, 0, 0                                                                \
	}
#define CONFINE_CALL_IF(name, number, mask, value)                                                 \
	{                                                                                          \
		SYS_##name, (number), (mask), (value)                                              \
	}
#define CONFINE_ALL_BITS UINT64_MAX

/* @otherwise: what becomes of all other calls, SECCOMP_RET_… of linux/seccomp.h. */
int confine_calls(const struct confine_call *calls, size_t count, uint32_t otherwise,
		  struct error *err);
/* A sanitizer maps terabytes, reads /proc and reports to files: no limit of data, confine_files nor
 * confine_calls then. */
bool confine_is_sanitized(void);
