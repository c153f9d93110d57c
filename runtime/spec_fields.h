/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/spec_fields.h - a specification's members as rows of tables that one function reads from
 * JSON and another one writes; private to spec_*.c.
 *
 * Reading: what is missing or null leaves the member as it is; a wrong type or an impossible value
 * is an error that names the member by its whole path. Writing: what is not set is left out.
 */
#pragma once

#include "base/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;

enum spec_field_kind {
	FIELD_TEXT,	/* const char * */
	FIELD_TEXTS,	/* char **, NULL-terminated */
	FIELD_FLAG,	/* bool */
	FIELD_INT,	/* int */
	FIELD_SHORT,	/* unsigned short */
	FIELD_UNSIGNED, /* unsigned, uint32_t */
	FIELD_INT64,	/* int64_t */
	FIELD_UINT64,	/* uint64_t */
	FIELD_WORD,	/* int: one of the row's words */
	FIELD_WORDS,	/* uint64_t: their bits */
	FIELD_PAIRS,	/* struct pair *, an object of texts */
	FIELD_NUMBERS,	/* unsigned * */
	FIELD_LIST,	/* an array of structs that the row's rows describe */
	FIELD_OBJECT,	/* its rows count from the member on */
	FIELD_CUSTOM,	/* the row's own functions */
	FIELD_REFUSED,	/* what there is no place for; the note says why. false, or what there is in
			   any case, is no wish */
	FIELD_WARNED,	/* the same, where everybody goes on without */
};

struct spec_word {
	const char *name; /* NULL ends the list */
	int64_t number;
};

/* Where we are in the document: "linux.resources.hugepageLimits[1].limit". */
struct spec_place {
	const struct spec_place *parent;
	const char *name; /* NULL: an item of the list above */
	size_t index;
};

struct spec_reader {
	struct arena *arena;
	struct error *err;
};

struct spec_field {
	const char *name; /* NULL ends the table */
	enum spec_field_kind kind;
	size_t offset;
	size_t also;   /* offset of the count of pairs, numbers, lists, of the flag "it is set" of
			  others; 0: none */
	bool required; /* must be there in what is read */
	bool zero_is_unset; /* for a number with a least value: so Docker writes what is not set */
	bool always;	    /* is written whatever its value; so is what is required */
	bool is_given;	    /* FIELD_REFUSED: true is no wish either */
	int64_t minimum, maximum; /* both 0: what the type holds */
	union {
		const struct spec_word *words;
		const struct spec_field *rows;
		const char *note;
		struct {
			int (*read)(void *member, const json *value, const struct spec_place *place,
				    const struct spec_reader *reader);
			json *(*write)(const void *member); /* NULL: nothing to write */
		};
	};
	size_t size; /* of a list's item */
	/* After a list's item or an object has been read; may be NULL. */
	int (*check)(void *item, const struct spec_place *place, const struct spec_reader *reader);
};

/* Reads @object's members into @out. */
int spec_fields_read(void *out, const json *object, const struct spec_field *rows,
		     const struct spec_place *place, const struct spec_reader *reader);
void spec_fields_write(json *object, const void *in, const struct spec_field *rows);
/* ERROR_INVALID: "config.json: PLACE: @what". */
int spec_fields_refuse(const struct spec_place *place, const struct spec_reader *reader,
		       const char *what);
/* A text without NUL bytes; NULL with an error. */
const char *spec_fields_text(const json *value, const struct spec_place *place,
			     const struct spec_reader *reader);
bool spec_fields_is_unset(const json *value);
