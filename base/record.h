/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/record.h - structs to JSON and back by a table of fields.
 *
 * Every object that the engine keeps on disk is described once, as rows; what is zero or NULL is
 * left out and comes back as zero or NULL. Members that a newer version wrote are passed over.
 */
#pragma once

#include "base/json.h"

#include <stddef.h>

struct arena;
struct error;

/* What a program of a container said: any bytes, NUL too. */
struct record_bytes {
	const char *bytes;
	size_t length;
};

enum field_kind {
	FIELD_STRING,  /* const char * */
	FIELD_BYTES,   /* struct record_bytes */
	FIELD_STRINGS, /* char **: NULL and the empty vector stay different */
	FIELD_BOOL,
	FIELD_INT,  /* int and unsigned */
	FIELD_WORD, /* an enum, written as one of @words */
	FIELD_U16,
	FIELD_INT64,
	FIELD_RECORD, /* a struct inside, described by sub */
	FIELD_ARRAY,  /* pointer to structs, their number at count_offset */
};

struct field {
	const char *name; /* NULL ends the table */
	enum field_kind kind;
	size_t offset;
	const struct field *sub;
	size_t sub_size, count_offset;
	const char *const *words; /* by the enum's values, NULL-terminated */
};

#define FIELD(type, field_kind_, member, json_name)                                                \
	{                                                                                          \
		.name = (json_name), .kind = (field_kind_), .offset = offsetof(type, member)       \
	}
#define FIELD_ENUM(type, member, json_name, names)                                                 \
	{                                                                                          \
		.name = (json_name), .kind = FIELD_WORD, .offset = offsetof(type, member),         \
		.words = (names)                                                                   \
	}
#define FIELD_INSIDE(type, member, json_name, table)                                               \
	{                                                                                          \
		.name = (json_name), .kind = FIELD_RECORD, .offset = offsetof(type, member),       \
		.sub = (table)                                                                     \
	}
#define FIELD_LIST(type, member, count, json_name, table)                                          \
	{                                                                                          \
		.name = (json_name), .kind = FIELD_ARRAY, .offset = offsetof(type, member),        \
		.sub = (table), .sub_size = sizeof(*((type *)0)->member),                          \
		.count_offset = offsetof(type, count)                                              \
	}

json *record_to_json(const struct field *fields, const void *record);
/* Strings and arrays come from @arena. Fails for a word that its enum does not have; numbers are
 * taken too, which earlier versions wrote. */
int record_from_json(const struct field *fields, void *record, const json *object,
		     struct arena *arena, struct error *err);

/* Which of @words it is; -1: none. */
int record_find_word(const char *const *words, const char *word);
