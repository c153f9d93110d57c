/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/cgroup_limits.h - resource limits as lines for cgroup v2 files; private to cgroup*.c.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
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

/* Writes all limits that are set. A controller that is missing is a warning; a value that the
 * kernel refuses is an error. */
int cgroup_limits_apply(int cgroup_fd, const struct spec_resources *resources, struct error *err);
/* The same, all or nothing. */
int cgroup_limits_change(int cgroup_fd, const struct spec_resources *resources, struct error *err);
/* Does any limit that is set need this controller? */
bool cgroup_limits_need(const struct spec_resources *resources, const char *controller);
/* 2..262144 -> 1..10000, so that the default of both (1024, 100) is the same. */
unsigned cgroup_limits_weight(uint64_t shares);
