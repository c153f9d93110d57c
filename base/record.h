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
	FIELD_PAIRS,  /* struct pair *, their number at count_offset: an object of texts */
};

struct field {
	const char *name; /* NULL ends the table */
	enum field_kind kind;
	size_t offset;
	const struct field *sub;
	size_t sub_size, count_offset;
	const char *const *words;	/* by the enum's values, NULL-terminated */
	int64_t minimum, maximum;	/* of a number; both 0: what its type holds */
	bool is_needed;			/* a document without it is damaged */
	bool (*fits)(const char *text); /* the form of a text, and of each of FIELD_STRINGS */
};

#define FIELD(type, field_kind_, member, json_name)                                                \
	{                                                                                          \
		.name = (json_name), .kind = (field_kind_), .offset = offsetof(type, member)       \
	}
#define FIELD_RANGE(type, field_kind_, member, json_name, least, most)                             \
	{                                                                                          \
		.name = (json_name), .kind = (field_kind_), .offset = offsetof(type, member),      \
		.minimum = (least), .maximum = (most)                                              \
	}
#define FIELD_NEEDED(type, field_kind_, member, json_name)                                         \
	{                                                                                          \
		.name = (json_name), .kind = (field_kind_), .offset = offsetof(type, member),      \
		.is_needed = true                                                                  \
	}
/* A text of a form of its own; NEEDED with it. */
#define FIELD_FORM(type, field_kind_, member, json_name, form)                                     \
	{                                                                                          \
		.name = (json_name), .kind = (field_kind_), .offset = offsetof(type, member),      \
		.fits = (form)                                                                     \
	}
#define FIELD_FORM_NEEDED(type, field_kind_, member, json_name, form)                              \
	{                                                                                          \
		.name = (json_name), .kind = (field_kind_), .offset = offsetof(type, member),      \
		.fits = (form), .is_needed = true                                                  \
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
#define FIELD_TEXTS(type, member, count, json_name)                                                \
	{                                                                                          \
		.name = (json_name), .kind = FIELD_PAIRS, .offset = offsetof(type, member),        \
		.count_offset = offsetof(type, count)                                              \
	}
#define FIELD_LIST(type, member, count, json_name, table)                                          \
	{                                                                                          \
		.name = (json_name), .kind = FIELD_ARRAY, .offset = offsetof(type, member),        \
		.sub = (table), .sub_size = sizeof(*((type *)0)->member),                          \
		.count_offset = offsetof(type, count)                                              \
	}

json *record_to_json(const struct field *fields, const void *record);
/* Strings and arrays come from @arena. Nothing in @object is believed: a member of another type or
 * out of its range, a text with a NUL inside, a word that its enum does not have (its number is
 * taken too, which earlier versions wrote) and one that is missing are ERROR_INVALID, which names
 * the member: "'mounts': 2: 'type' has the unknown value 9". */
int record_from_json(const struct field *fields, void *record, const json *object,
		     struct arena *arena, struct error *err);

/* The one way to read a file that holds a record: ENOENT when it is not there; what is no record is
 * ERROR_INVALID: "'ID/container.json' is damaged: 'mounts' is not a list". */
int record_load(const struct field *fields, void *record, int dirfd, const char *path,
		struct arena *arena, struct error *err);

/* Which of @words it is; -1: none. */
int record_find_word(const char *const *words, const char *word);
