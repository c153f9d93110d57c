/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/screen/output.h - results on stdout: tables, JSON lines, templates, plain text.
 *
 * Everything goes through one buffer that is written at exit or when it is full; output_finish
 * tells whether all of it got out. What goes to a terminal is filtered (cli/screen/filter.h).
 */
#pragma once

#include "base/json.h"
#include "base/strvec.h"

#include <stdbool.h>
#include <stddef.h>

struct error;
struct strbuf;

/* Is the descriptor a terminal? Asked once. */
bool output_is_terminal(int fd);
/* Metadata, with a newline. */
void output_line(const char *text);
void output_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* A text of several lines (YAML, JSON, help): newlines and tabs stay. */
void output_text(const char *text, size_t length);
/* What has been made safe for a terminal already. */
void output_safe(const char *text, size_t length);
/* Flushes; -1 with the reason when stdout did not take all of it. A closed pipe is an error too. */
int output_finish(struct error *err);
/* What is printed between the two replaces what was printed between them before: on a terminal, in
 * place and without flicker; elsewhere it follows. */
void output_frame_begin(void);
void output_frame_end(void);
bool output_is_frame(void);
/* Something that was written past these functions did not get out: output_finish says so. */
void output_failed(int reason);
/* Has whoever read stdout or stderr through a pipe gone? */
bool output_has_no_reader(void);

#define TABLE_COLUMNS 32

/* Rows of cells, aligned in columns three blanks apart. */
struct table {
	struct strvec *rows;
	size_t count;
	size_t least_width; /* of each column but the last */
	/* Of a column: when it goes if there is no room for all, 1 first; 0: never. */
	unsigned char yields[TABLE_COLUMNS];
	/* Its cells lose their middle before anything is folded: the column's number from 1 on; 0:
	 * none. */
	size_t cut;
};

#define auto_table __attribute__((cleanup(table_release)))

void table_release(struct table *table);
/* The new, empty row; add cells to it. Valid until the next one. */
struct strvec *table_row(struct table *table);
void table_format(struct strbuf *out, const struct table *table, bool is_terminal);
/* For a terminal of so many columns: what does not fit moves together, lists ("a, b") are folded,
 * columns go that may, and then texts are folded. */
void table_fit(struct strbuf *out, const struct table *table, size_t columns);
void table_print(const struct table *table);

/* A column of a list command: member of the row's JSON object, and its heading. */
struct format_column {
	const char *field, *heading;
	bool is_hidden; /* not in the default table, but a template may use it */
};

enum format_json { FORMAT_JSON_LINES, FORMAT_JSON_ARRAY };

struct format_request {
	const char *format; /* NULL, "table", "json", "table TEMPLATE", TEMPLATE */
	const struct format_column *columns;
	enum format_json json;
	const char *setting; /* the member of Docker's config.json that stands in; NULL: none */
};

/* Prints an array of objects as @request asks. ERROR_INVALID: the template is wrong. */
int format_print(const struct format_request *request, const json *rows, struct error *err);
/* Checks the format before any work is done. */
int format_check(const char *format, struct error *err);
/* May @format, or when that is NULL the one in config.json, show this field, which costs to find
 * out? A template may as part of the whole row. */
bool format_needs(const char *format, const char *setting, const char *field);
/* The same for documents: there any text is a template. */
int format_check_documents(const char *format, struct error *err);
/* Prints documents of `inspect`: an indented array, or a line per document by template. */
int format_documents(const char *format, const json *documents, struct error *err);
