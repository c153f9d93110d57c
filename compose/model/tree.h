/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/model/tree.h - a YAML document as nodes that know where they stand.
 *
 * Every phase of loading works on these: a node belongs to exactly one parent (aliases are copied
 * within a budget), so a phase may change it in place. Memory is the arena's.
 */
#pragma once

#include "compose/model/model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;

enum node_kind { NODE_SCALAR, NODE_MAP, NODE_LIST };
enum node_type { NODE_NULL, NODE_BOOL, NODE_INT, NODE_FLOAT, NODE_STRING };
enum node_tag { NODE_PLAIN, NODE_RESET, NODE_OVERRIDE };

struct node_pair {
	char *key;
	struct node *value;
	unsigned line, column; /* of the key */
};

struct node {
	uint8_t kind;	      /* enum node_kind */
	uint8_t type;	      /* enum node_type, of scalars */
	uint8_t tag;	      /* enum node_tag */
	bool is_interpolated; /* its text came out of a ${…}: type casts apply */
	unsigned line, column;
	unsigned count;
	const char *file;
	union {
		char *text; /* scalars: as in the source; NULL only for nulls of our own */
		struct node_pair *pairs; /* maps */
		struct node **items;	 /* lists */
	};
};

#define each_pair(pair, map)                                                                       \
	for (struct node_pair *pair = (map)->pairs; pair && pair < (map)->pairs + (map)->count;    \
	     pair++)

/* How many nodes may still be made by copying; shared by all files of a project. */
struct node_budget {
	size_t left;
};

/* New nodes take the place of @at (NULL: none). */
struct node *node_new_scalar(struct arena *arena, const struct node *at, enum node_type type,
			     const char *text);
struct node *node_new_string(struct arena *arena, const struct node *at, const char *text);
struct node *node_new_null(struct arena *arena, const struct node *at);
struct node *node_new_map(struct arena *arena, const struct node *at);
struct node *node_new_list(struct arena *arena, const struct node *at);

bool node_is_null(const struct node *node); /* also for NULL */
bool node_is_map(const struct node *node);
bool node_is_list(const struct node *node);
bool node_is_scalar(const struct node *node); /* not null */
bool node_is_string(const struct node *node);
/* A scalar's text, NULL for anything else. */
const char *node_text(const struct node *node);
/* "a mapping", "a list", "a string", … for messages. */
const char *node_describe(const struct node *node);
/* What a plain YAML 1.2 scalar is (with 0777 octal, as Compose files have it). */
enum node_type node_guess_type(const char *text);
/* The value of a NODE_INT's text: 12, -3, 0777, 0o17, 0x1f, 0b11, 1_000. False: not one, or too
 * large. */
bool node_parse_integer(const char *text, int64_t *value);

/* Maps and lists; NULL-safe readers. */
struct node_pair *node_find(const struct node *map, const char *key);
struct node *node_get(const struct node *map, const char *key);
/* Replaces or appends; returns the pair. */
struct node_pair *node_set(struct arena *arena, struct node *map, const char *key,
			   struct node *value);
/* Appends without looking. */
struct node_pair *node_append_pair(struct arena *arena, struct node *map,
				   const struct node_pair *pair);
void node_remove(struct node *map, struct node_pair *pair);
void node_append(struct arena *arena, struct node *list, struct node *item);

/* A deep copy; NULL with @err when the budget is spent. */
struct node *node_copy(struct arena *arena, const struct node *node, struct node_budget *budget,
		       struct error *err);
bool node_is_equal(const struct node *a, const struct node *b);
struct location node_location(const struct node *node);
