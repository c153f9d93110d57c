/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/model/interpolate.h - $NAME and ${NAME…} in values.
 *
 * ${V} ${V-d} ${V:-d} ${V?e} ${V:?e} ${V+r} ${V:+r} $$; the parts nest and are only evaluated when
 * they are taken. Pure: what a name means is the caller's lookup.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct error;
struct node;
struct strbuf;
struct walk;

#define INTERPOLATE_DEPTH_LIMIT 100
#define INTERPOLATE_SIZE_LIMIT	((size_t)32 << 20)

struct interpolation {
	/* The variable's value; NULL when it is not set. */
	const char *(*lookup)(void *data, const char *name);
	void *data;
	size_t made; /* bytes so far; an error beyond INTERPOLATE_SIZE_LIMIT */
	/* A file of variables and the line there, for warnings: a `$` in it often is none of a
	 * variable but of a password. 0: a compose file. */
	const char *file;
	unsigned line;
};

/* Appends @text with its variables replaced. @err: "required variable X is missing a value" or
 * "invalid interpolation format …", without saying where. */
int interpolate_text(struct strbuf *out, const char *text, struct interpolation *interpolation,
		     struct error *err);
/* Replaces in every string value below @node; problems are noted in @walk. */
void interpolate_tree(struct walk *walk, struct node *node, struct interpolation *interpolation);

/* Calls @found for every variable of @text, nested ones included. Pointers are valid during the
 * call; @default_value and @alternate are NULL when there are none. */
typedef void interpolate_found(void *data, const char *name, const char *default_value,
			       const char *alternate, bool required);
void interpolate_list(const char *text, interpolate_found *found, void *data);
