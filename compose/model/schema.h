/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/model/schema.h - the table: one row for each attribute of a compose file.
 *
 * Checking, short forms, merging, path resolution, filling the model, printing and the
 * compatibility page all walk these rows: a new attribute is one row and one struct member.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct node;
struct shape;
struct strbuf;
struct walk;

/* What a value is: how it is written, checked, kept in the model and printed. */
enum field_kind {
	KIND_STRING,	/* char *: a string; with FIELD_NUMBER also a number */
	KIND_BOOL,	/* enum tristate */
	KIND_INT,	/* int64_t */
	KIND_FRACTION,	/* double */
	KIND_DURATION,	/* int64_t, nanoseconds */
	KIND_SIZE,	/* int64_t, bytes */
	KIND_MODE,	/* int64_t, octal when a string */
	KIND_STRINGS,	/* char **: a list; with FIELD_OR_STRING also one string */
	KIND_COMMAND,	/* char **: a list, or a string split as a shell would */
	KIND_PAIRS,	/* char ** of NAME=value: a mapping; with FIELD_OR_LIST also a list */
	KIND_HOSTS,	/* char ** of HOST=IP: a mapping (values: one or a list) or a list */
	KIND_OBJECT,	/* pointer to a struct of .shape */
	KIND_LIST,	/* {items, count} of structs of .shape */
	KIND_MAP,	/* the same; the first member is the key */
	KIND_NODE,	/* struct node *: kept as written */
	KIND_CONDITION, /* enum service_condition */
};

enum field_merge {
	MERGE_DEFAULT, /* mappings recursively, lists appended, scalars replaced */
	MERGE_REPLACE,
	MERGE_UNIQUE,	/* appended; of equal texts up to "=" the last wins, at the first's place */
	MERGE_KEYED,	/* the same by .shape->identity */
	MERGE_MATCHING, /* the later list, its items over the earlier ones of the same identity */
	MERGE_LOGGING,	/* recursively, unless the drivers differ */
	MERGE_TMPFS,	/* MERGE_UNIQUE by text up to ":" */
};

enum field_flag {
	FIELD_CAST = 1 << 0,	  /* a string that says a number or boolean will do */
	FIELD_OR_STRING = 1 << 1, /* KIND_STRINGS */
	FIELD_OR_LIST = 1 << 2,	  /* KIND_PAIRS, KIND_MAP: names alone */
	FIELD_NULLS = 1 << 3,	  /* KIND_PAIRS: null is a value of its own */
	FIELD_PATH = 1 << 4,	  /* relative to the file's project directory */
	FIELD_REQUIRED = 1 << 5,
	FIELD_ANY_SCALAR = 1 << 6,   /* KIND_STRING: booleans too, as text */
	FIELD_SHOW_EMPTY = 1 << 7,   /* printed also when it is an empty object */
	FIELD_JSON_NULL = 1 << 8,    /* printed in JSON also when it is not given */
	FIELD_FREE_NAMES = 1 << 9,   /* KIND_MAP: x-… is an ordinary name */
	FIELD_HIDDEN = 1 << 10,	     /* ours: cannot be written, is not printed */
	FIELD_TRUE_HIDDEN = 1 << 11, /* KIND_BOOL: true is the default and not printed */
	FIELD_SHAPELESS = 1 << 12,   /* does not shape the container: not part of the hash */
	FIELD_NO_EMPTY = 1 << 13,    /* an empty list counts as not given */
	FIELD_LOADER = 1 << 14,	     /* the loader's own: gone before the model is filled */
	FIELD_SHELL = 1 << 16,	     /* KIND_STRINGS: one string becomes {CMD-SHELL, it} */
	FIELD_EXTERNAL = 1 << 15,    /* KIND_BOOL: or the old mapping with a name */
	FIELD_DROPS_EMPTY = 1 << 22, /* KIND_STRINGS: empty items are left out */
	FIELD_DECIMAL = 1 << 23,     /* KIND_MODE: printed as a decimal number */
	FIELD_ZERO = 1 << 19,	     /* false and 0 are values of their own, and printed */
	FIELD_ALL = 1 << 20,	     /* KIND_INT: or "all", which is -1 */
	FIELD_TEXT_LISTS =
		1 << 21, /* KIND_NODE: a mapping, each value printed as a list of texts */
	FIELD_JSON_EMPTY = 1 << 18, /* KIND_OBJECT: in JSON {} also when it is not given */
	FIELD_NUMBER = 1 << 17,	    /* KIND_STRING, KIND_STRINGS: numbers too, as text */
};

enum field_support {
	SUPPORT_FULL,
	SUPPORT_BETTER,	       /* Docker Compose accepts it and does less */
	SUPPORT_WARNED,	       /* accepted, has no effect, said once */
	SUPPORT_REFUSED,       /* an error */
	SUPPORT_NOTHING_TO_DO, /* has no effect anywhere on one host */
	SUPPORT_LATER,	       /* loaded and shown; what needs it says that it is not available */
};

struct field {
	const char *key;
	enum field_kind kind;
	size_t offset;
	const struct shape *shape;
	unsigned flags;
	enum field_merge merge;
	/* What a string may be, NULL: anything. A word may end in N (a number) or in <duration>. */
	const char *const *words;
	int64_t minimum, maximum; /* of numbers; both 0: no bounds */
	enum field_support support;
	const char *note;  /* why, or what to do instead */
	const char *since; /* our version; NULL: 0.1 */
};

struct shape {
	const char *name;
	const struct field *fields;
	size_t count;
	size_t size;
	size_t extensions; /* offset of a struct node * for x-…; 0: not allowed */
	size_t where;	   /* offset of a struct location; 0: none */
	/* A short form (any value that is not a mapping) to the list of mappings it stands for;
	 * NULL after a problem was noted. Without it only mappings are allowed. */
	struct node *(*expand)(struct walk *walk, const struct node *node);
	/* What makes two list items the same for MERGE_KEYED; appended to @out. */
	void (*identity)(struct strbuf *out, const struct node *item);
	const char *scalar_key; /* a hidden key that takes a scalar (ulimits: a number) */
	/* Makes paths absolute that depend on other members. */
	void (*rebase)(struct walk *walk, struct node *map, const char *directory);
};

extern const struct shape schema_project, schema_service, schema_network;

/* The row of @key, NULL when there is none. */
const struct field *schema_find(const struct shape *shape, const char *key);
#define SCHEMA_MOST_NAMES 128
/* Fills @names with what can be written, NULL at the end. */
void schema_names(const struct shape *shape, const char *names[SCHEMA_MOST_NAMES]);
