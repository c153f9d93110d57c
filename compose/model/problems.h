/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/model/problems.h - several independent mistakes of one run, and the way to where we are.
 *
 * A walk goes down a tree and knows its path ("services.web.ports[1]"); problem_add notes what is
 * wrong there and returns, so that one run finds them all.
 */
#pragma once

#include "compose/model/tree.h"

#include "base/map.h"
#include "base/strbuf.h"
#include "base/strvec.h"

struct arena;
struct error;
struct judge;

struct problem {
	struct location where;
	size_t number; /* as found */
	char *text;    /* with the place */
};

struct problems {
	struct problem items[100]; /* the first ones */
	size_t count;		   /* of all */
	struct map paths;	   /* of those of a walk: "services.web.ports[1]" */
	struct map above;	   /* and of what these are in: "services.web.ports" */
	bool limits_warn;	   /* the model is not for running */
};

struct walk {
	struct arena *arena;
	struct problems *problems;
	struct strbuf path;
	struct node_budget *budget;
	const char *home;    /* what ~ stands for; NULL: it stays */
	struct judge *judge; /* NULL: all that is found is a problem */
	bool keep_variables; /* --no-interpolate: values with ${…} are left alone */
};

void problems_release(struct problems *problems);
/* Appends a line for each, by file (in the order of the first mistakes), line and column; @first
 * gets the first of them. @out may be NULL. */
void problems_print(struct problems *problems, struct strbuf *out, struct error *first);
/* Is something wrong at, below or above @path ("services.web") already? Then what else is wrong
 * there may only follow from it. */
bool problems_touch(const struct problems *problems, const char *path);
/* Notes that something is wrong there, without saying so. */
void problems_add_path(struct problems *problems, const char *path);

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
/* What Docker Compose takes and we cannot do: a warning where the model is only looked at. */
void problem_add_limit(struct problems *problems, struct location where, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* "; its variable is empty or not set" where that is so, else "". */
const char *problem_origin(const struct node *at);
/* "a, b, c" */
void problem_list(struct strbuf *out, const char *const *names);
/* A key of @map that is not one of @names. */
void problem_add_unknown(struct walk *walk, const struct node *map, const struct node_pair *pair,
			 const char *const *names);
/* An error that a lower function made, as the problem of this place. */
void problem_add_error(struct walk *walk, const struct node *at, const struct error *err);

/* The name of @names (NULL-terminated) nearest to @text, NULL when none is near. */
const char *problem_suggest(const char *const *names, const char *text);
/* Appends "; did you mean 'NAME'?" when one is near. */
void problem_add_suggestion(struct strbuf *out, const char *const *names, const char *text);
/* How many letters to change, add, leave out or swap with the next one. */
unsigned problem_distance(const char *a, const char *b);
