/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/problems.h - several independent mistakes of one run, and the way to where we are.
 *
 * A walk goes down a tree and knows its path ("services.web.ports[1]"); problem_add notes what is
 * wrong there and returns, so that one run finds them all.
 */
#pragma once

#include "compose/tree.h"

#include "base/strbuf.h"

struct arena;
struct error;

struct problems {
	struct strbuf *all; /* a line for each; may be NULL */
	struct error *first;
	size_t count;
};

struct walk {
	struct arena *arena;
	struct problems *problems;
	struct strbuf path;
	struct node_budget *budget;
	const char *home;    /* what ~ stands for; NULL: it stays */
	bool allow_refused;  /* attributes that are refused only warn: the model is not for running
			      */
	bool keep_variables; /* --no-interpolate: values with ${…} are left alone */
};

void walk_release(struct walk *walk);
/* Adds ".key" or "[index]"; returns what walk_leave needs to get back. */
size_t walk_enter(struct walk *walk, const char *key);
size_t walk_enter_item(struct walk *walk, unsigned index);
void walk_leave(struct walk *walk, size_t length);

/* "file:line:column: PATH: TEXT". @at may be NULL; the path is left out while empty. */
void problem_add(struct walk *walk, const struct node *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The same without a tree: @where.file NULL leaves the place out. */
void problem_add_at(struct problems *problems, struct location where, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* An error that a lower function made, as the problem of this place. */
void problem_add_error(struct walk *walk, const struct node *at, const struct error *err);

/* The name of @names (NULL-terminated) nearest to @text, NULL when none is near. */
const char *problem_suggest(const char *const *names, const char *text);
unsigned problem_distance(const char *a, const char *b);
