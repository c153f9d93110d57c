/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/log_print.h - lines of several containers, each with its prefix and colour.
 *
 * Output of stdout and of stderr goes where `fds` says, in the order in which it came. Pieces of a
 * line are kept until the line is whole, so that lines never mix.
 */
#pragma once

#include "base/error.h"
#include "base/strbuf.h"
#include "engine/logs/logfile.h"

#include <stdbool.h>
#include <stddef.h>

struct log_printer {
	bool has_prefixes, has_timestamps;
	const char *details; /* before each line; NULL: nothing */
	bool is_terminal[LOG_STREAM_COUNT], has_colour[LOG_STREAM_COUNT];
	int fds[LOG_STREAM_COUNT];
	size_t width; /* of the longest label */
	struct strbuf pending;
	enum log_stream pending_stream;
	struct error failure;		   /* the first: what was printed did not get out */
	void (*before_output)(void *data); /* whenever something is about to be printed; or NULL */
	void (*after_output)(void *data);  /* when it has been; or NULL */
	void *data;
};

/* One container's place. */
struct log_source {
	char *label;
	size_t colour;
	struct strbuf partial[LOG_STREAM_COUNT];
};

void log_printer_release(struct log_printer *printer);
void log_source_release(struct log_source *source);
/* Makes the prefix wide enough for one more. */
void log_printer_admit(struct log_printer *printer, const struct log_source *source);
/* Takes a record; prints it when its line is whole. */
void log_printer_record(struct log_printer *printer, struct log_source *source,
			const struct log_record *record);
/* Prints what the source left without a newline. */
void log_printer_end(struct log_printer *printer, struct log_source *source);
/* "web-1 exited with code 0", in the source's colour. */
void log_printer_note(struct log_printer *printer, const struct log_source *source,
		      const char *text);
/* A line of none of them. */
void log_printer_say(struct log_printer *printer, const char *text);
void log_printer_flush(struct log_printer *printer);
