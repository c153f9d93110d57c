/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/log_print.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/units.h"
#include "cli/screen/filter.h"

#include <stdlib.h>
#include <string.h>

#define SGR_RESET	"\x1b[0m"
#define LONGEST_PARTIAL ((size_t)1 << 20)
#define LARGEST_PENDING ((size_t)64 << 10)

static const char *const colours[] = {
	"\x1b[36m", "\x1b[33m", "\x1b[32m", "\x1b[35m", "\x1b[34m",
	"\x1b[96m", "\x1b[93m", "\x1b[92m", "\x1b[95m", "\x1b[94m",
};

void log_printer_release(struct log_printer *printer)
{
	strbuf_release(&printer->pending);
}

void log_source_release(struct log_source *source)
{
	free(source->label);
	for (size_t i = 0; i < LOG_STREAM_COUNT; i++)
		strbuf_release(&source->partial[i]);
}

void log_printer_admit(struct log_printer *printer, const struct log_source *source)
{
	size_t length = strlen(source->label);

	if (length > printer->width)
		printer->width = length;
}

/* A reader of our output that has gone ends us by SIGPIPE; other failures are kept for whoever asks
 * at the end. */
void log_printer_flush(struct log_printer *printer)
{
	if (printer->pending.length == 0)
		return;
	if (printer->before_output)
		printer->before_output(printer->data);
	if (!printer->failure.code &&
	    file_write_all(printer->fds[printer->pending_stream], printer->pending.text,
			   printer->pending.length, &printer->failure) < 0)
		error_wrap(&printer->failure, "cannot write the output");
	strbuf_clear(&printer->pending);
	if (printer->after_output)
		printer->after_output(printer->data);
}

/* Where text of @stream goes; what stood there of the other stream is out before. */
static struct strbuf *open_stream(struct log_printer *printer, enum log_stream stream)
{
	if (printer->pending_stream != stream || printer->pending.length > LARGEST_PENDING)
		log_printer_flush(printer);
	printer->pending_stream = stream;
	return &printer->pending;
}

static void add_prefix(struct log_printer *printer, const struct log_source *source,
		       enum log_stream stream, struct strbuf *out)
{
	bool colour = printer->has_colour[stream];

	if (!printer->has_prefixes)
		return;
	if (colour)
		strbuf_add(out, colours[source->colour % array_length(colours)]);
	filter_text(out, source->label, strlen(source->label));
	for (size_t n = strlen(source->label); n < printer->width; n++)
		strbuf_add_char(out, ' ');
	strbuf_add(out, "  | ");
	if (colour)
		strbuf_add(out, SGR_RESET);
}

/* @text without its newline. */
static void print_line(struct log_printer *printer, const struct log_source *source,
		       const struct log_record *record)
{
	struct strbuf *out = open_stream(printer, record->stream);
	char time[UNITS_TIME_SIZE];

	add_prefix(printer, source, record->stream, out);
	if (printer->has_timestamps)
		strbuf_printf(out, "%s ", units_format_time(time, &record->time));
	if (printer->details)
		strbuf_printf(out, "%s ", printer->details);
	if (!printer->is_terminal[record->stream])
		strbuf_add_n(out, record->text, record->length);
	else if (filter_log(out, record->text, record->length))
		strbuf_add(out, SGR_RESET);
	strbuf_add_char(out, '\n');
}

static void print_partial(struct log_printer *printer, struct log_source *source,
			  const struct log_record *record)
{
	struct strbuf *partial = &source->partial[record->stream];
	struct log_record whole = *record;

	whole.text = strbuf_text(partial);
	whole.length = partial->length;
	print_line(printer, source, &whole);
	strbuf_clear(partial);
}

void log_printer_record(struct log_printer *printer, struct log_source *source,
			const struct log_record *record)
{
	struct strbuf *partial = &source->partial[record->stream];
	struct log_record line = *record;
	bool ends = record->length > 0 && record->text[record->length - 1] == '\n';

	line.length -= ends;
	if (ends && partial->length == 0) {
		print_line(printer, source, &line);
		return;
	}
	strbuf_add_n(partial, line.text, line.length);
	if (ends || partial->length > LONGEST_PARTIAL)
		print_partial(printer, source, record);
}

void log_printer_end(struct log_printer *printer, struct log_source *source)
{
	for (size_t i = 0; i < LOG_STREAM_COUNT; i++) {
		struct log_record record = {.stream = (enum log_stream)i, .time = units_now()};

		if (source->partial[i].length > 0)
			print_partial(printer, source, &record);
	}
}

void log_printer_note(struct log_printer *printer, const struct log_source *source,
		      const char *text)
{
	struct strbuf *out = open_stream(printer, LOG_STDOUT);
	bool colour = printer->has_colour[LOG_STDOUT];

	if (colour)
		strbuf_add(out, colours[source->colour % array_length(colours)]);
	filter_text(out, source->label, strlen(source->label));
	strbuf_add_char(out, ' ');
	strbuf_add(out, text);
	strbuf_add(out, colour ? SGR_RESET "\n" : "\n");
}

void log_printer_say(struct log_printer *printer, const char *text)
{
	struct strbuf *out = open_stream(printer, LOG_STDOUT);
	bool colour = printer->has_colour[LOG_STDOUT];
	const struct timespec now = units_now();
	char time[UNITS_TIME_SIZE];

	if (printer->has_prefixes)
		strbuf_printf(out, "%s%*s ⦿ %s", colour ? "\x1b[92m" : "", (int)printer->width + 1,
			      "", colour ? SGR_RESET : "");
	if (printer->has_timestamps)
		strbuf_printf(out, "%s ", units_format_time(time, &now));
	filter_text(out, text, strlen(text));
	strbuf_add_char(out, '\n');
}
