/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/cgroup_limits.h - resource limits as lines for cgroup v2 files, those that every kernel
 * calls the same; private to cgroup*.c.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct spec_resources;
struct strbuf;

struct cgroup_limit {
	const char *name;	/* as the user knows it */
	const char *controller; /* that must be there */
	const char *file;
	const char *other_file; /* to be tried first, with what format_other makes; may be NULL */
	/* Appends what to write, one write a line; nothing when the limit is not set. */
	void (*format)(struct strbuf *out, const struct spec_resources *resources);
	void (*format_other)(struct strbuf *out, const struct spec_resources *resources);
};

/* The table; ends with a row without name. In the order in which they must be written. */
extern const struct cgroup_limit cgroup_limits[];

/* 2..262144 -> 1..10000, so that the default of both (1024, 100) is the same. */
unsigned cgroup_limits_weight(uint64_t shares);
