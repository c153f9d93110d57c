/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/source/ignore_private.h - all patterns of an ignore file as one automaton.
 *
 * The patterns' signs are a tree, so that what begins alike is followed once. A path leads, one
 * character after the other, to sets of places in that tree; each set is worked out once and kept
 * with where its characters lead, so the next path with the same beginning costs a look into a
 * table a character.
 */
#pragma once

#include "builder/source/pattern_private.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ignore_node_kind {
	IGNORE_ROOT,
	IGNORE_LITERAL,
	IGNORE_ANY,
	IGNORE_CLASS,
	IGNORE_STAR,	 /* any characters but slashes, or none */
	IGNORE_DEEP,	 /* any characters, or none */
	IGNORE_SUBTREES, /* any characters up to a slash, or none */
};

struct ignore_node {
	enum ignore_node_kind kind;
	uint32_t code;
	const struct pattern_class *class;
	uint32_t child, sibling; /* 0: none */
	int32_t end;		 /* the last pattern that ends here; -1: none */
	int32_t last;		 /* the last pattern that ends here or below */
	int32_t last_exception;	 /* the last of these that begins with '!' */
};

struct ignore_rule {
	const char *text; /* as it was written */
	bool is_exception;
};

struct ignore_states;

struct ignore {
	const char *name; /* of the file; NULL */
	struct ignore_rule *rules;
	size_t count;
	struct ignore_node *nodes;
	size_t node_count;
	struct ignore_states *states;
	struct arena *arena;
};

/* Adds a pattern, cleaned and without its '!', which @ignore's last rule is about. */
int ignore_compile(struct ignore *ignore, const char *pattern, struct error *err);

/* What a path leads to. */
struct ignore_found {
	int32_t rule;		  /* the one that counts; -1: none */
	bool may_have_exceptions; /* '!' patterns after that one may match something below */
};
struct ignore_found ignore_find(const struct ignore *ignore, const char *path);
/* For tests: how many sets of places were worked out so far. */
size_t ignore_count_work(const struct ignore *ignore);
