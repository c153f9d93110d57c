/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/export/carried.h - the table: what becomes of each attribute in other engines' files.
 *
 * Every attribute of the schema has a row, or stands below one that speaks for all of it
 * (tests/unit/compose/export/carried_test.c). What is lost is told wherever it is used.
 */
#pragma once

#include "compose/export/export.h"

struct export_work;

enum carried_kind {
	CARRIED_AS,	 /* the text says as what; exceptions are told by who makes it */
	CARRIED_NOWHERE, /* the text says why, and what to do instead */
	CARRIED_NOTHING, /* it says nothing to another engine: the text says why */
};

struct carried_to {
	enum carried_kind kind;
	const char *text;
};

struct carried {
	const char *path; /* as project_each_attribute writes it; ends in ".**": all below it too */
	struct carried_to to[EXPORT_TARGETS];
};

extern const struct carried export_rows[];
extern const size_t export_row_count;

/* The row of a path as in the table; NULL: there is none. */
const struct carried *export_find_row(const char *path);
/* Notes for all that the project says and the target has no place for. */
void export_note_lost(struct export_work *work);
