/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/output.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "cli/filter.h"
#include "describe/template.h"
#include "registry/docker_config.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GAP "   "

bool output_is_terminal(int fd)
{
	static int known[3] = {-1, -1, -1};

	if (fd < 0 || fd > 2)
		return isatty(fd);
	if (known[fd] < 0)
		known[fd] = isatty(fd);
	return known[fd];
}

/* errno of the first write to stdout that did not get out. */
static int failure;
static bool is_in_frame;

void output_failed(int reason)
{
	if (!failure)
		failure = reason;
}

static void put_bytes(const char *text, size_t length)
{
	if (fwrite(text, 1, length, stdout) < length)
		output_failed(errno);
}

/* In a frame, each line wipes out what is left of the one that it replaces. */
static void put(const char *text, size_t length)
{
	while (is_in_frame && length > 0) {
		const char *end = memchr(text, '\n', length);

		if (!end)
			break;
		put_bytes(text, (size_t)(end - text));
		put_bytes("\x1b[K\n", strlen("\x1b[K\n"));
		length -= (size_t)(end - text) + 1;
		text = end + 1;
	}
	put_bytes(text, length);
}

void output_frame_begin(void)
{
	static const char clear[] = "\x1b[2J\x1b[H", home[] = "\x1b[H";
	static bool has_begun;

	if (!output_is_terminal(STDOUT_FILENO))
		return;
	is_in_frame = true;
	put_bytes(has_begun ? home : clear, strlen(has_begun ? home : clear));
	has_begun = true;
}

void output_frame_end(void)
{
	if (is_in_frame)
		put_bytes("\x1b[J", 3);
	is_in_frame = false;
}

void output_text(const char *text, size_t length)
{
	auto_strbuf struct strbuf safe = {0};

	if (!output_is_terminal(STDOUT_FILENO)) {
		put(text, length);
		return;
	}
	filter_log(&safe, text, length);
	put(strbuf_text(&safe), safe.length);
}

void output_line(const char *text)
{
	auto_strbuf struct strbuf safe = {0};

	if (output_is_terminal(STDOUT_FILENO)) {
		filter_text(&safe, text, strlen(text));
		text = strbuf_text(&safe);
	}
	put(text, strlen(text));
	put("\n", 1);
}

void output_printf(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = alloc_vformat(format, args);
	va_end(args);
	output_text(text, strlen(text));
	free(text);
}

int output_finish(struct error *err)
{
	if (fflush(stdout) != 0)
		output_failed(errno);
	return failure ? error_number(err, failure, "cannot write to standard output") : 0;
}

bool output_has_no_reader(void)
{
	struct pollfd fds[] = {{.fd = STDOUT_FILENO}, {.fd = STDERR_FILENO}};

	return poll(fds, array_length(fds), 0) > 0 && (fds[0].revents | fds[1].revents) & POLLERR;
}

void table_release(struct table *table)
{
	for (size_t i = 0; i < table->count; i++)
		strvec_release(&table->rows[i]);
	free(table->rows);
	*table = (struct table){0};
}

struct strvec *table_row(struct table *table)
{
	table->rows = alloc_resize(table->rows, table->count + 1, sizeof(*table->rows));
	table->rows[table->count] = (struct strvec){0};
	return &table->rows[table->count++];
}

/* Columns on the screen: one for each character. Double-width ones are rare in names. */
static size_t width_of(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

static void clean_cell(struct strbuf *out, const char *cell, bool is_terminal)
{
	strbuf_clear(out);
	if (is_terminal)
		filter_text(out, cell, strlen(cell));
	else
		strbuf_add(out, cell);
}

void table_format(struct strbuf *out, const struct table *table, bool is_terminal)
{
	auto_strbuf struct strbuf cell = {0};
	size_t columns = 0;
	size_t *widths;

	for (size_t i = 0; i < table->count; i++)
		if (table->rows[i].count > columns)
			columns = table->rows[i].count;
	widths = alloc_zeroed(columns + 1, sizeof(*widths));
	for (size_t i = 0; i < columns; i++)
		widths[i] = table->least_width;
	for (size_t i = 0; i < table->count; i++) {
		for (size_t j = 0; j < table->rows[i].count; j++) {
			size_t width;

			clean_cell(&cell, table->rows[i].items[j], is_terminal);
			width = width_of(strbuf_text(&cell));
			if (width > widths[j])
				widths[j] = width;
		}
	}
	for (size_t i = 0; i < table->count; i++) {
		for (size_t j = 0; j < table->rows[i].count; j++) {
			clean_cell(&cell, table->rows[i].items[j], is_terminal);
			strbuf_add(out, strbuf_text(&cell));
			if (j + 1 == table->rows[i].count)
				break;
			for (size_t n = width_of(strbuf_text(&cell)); n < widths[j]; n++)
				strbuf_add_char(out, ' ');
			strbuf_add(out, GAP);
		}
		strbuf_add_char(out, '\n');
	}
	free(widths);
}

void table_print(const struct table *table)
{
	auto_strbuf struct strbuf text = {0};

	table_format(&text, table, output_is_terminal(STDOUT_FILENO));
	put(strbuf_text(&text), text.length);
}

/* The text of a member as a table shows it. */
static void add_cell(struct strvec *row, const json *object, const char *field)
{
	auto_strbuf struct strbuf text = {0};

	template_value(&text, json_get(object, field));
	strvec_add(row, strbuf_text(&text));
}

static void print_table(const struct format_column *columns, const json *rows)
{
	auto_table struct table table = {0};
	struct strvec *row = table_row(&table);

	for (const struct format_column *column = columns; column->field; column++)
		if (!column->is_hidden)
			strvec_add(row, column->heading);
	for (size_t i = 0; i < json_length(rows); i++) {
		row = table_row(&table);
		for (const struct format_column *column = columns; column->field; column++)
			if (!column->is_hidden)
				add_cell(row, json_at(rows, i), column->field);
	}
	table_print(&table);
}

static void print_json(const json *rows, enum format_json form)
{
	auto_strbuf struct strbuf text = {0};

	if (form == FORMAT_JSON_ARRAY) {
		json_print(&text, rows, false);
		strbuf_add_char(&text, '\n');
	}
	for (size_t i = 0; form == FORMAT_JSON_LINES && i < json_length(rows); i++) {
		json_print(&text, json_at(rows, i), false);
		strbuf_add_char(&text, '\n');
	}
	output_text(strbuf_text(&text), text.length);
}

/* A template's line, cut into cells at its tabs. */
static void add_template_row(struct table *table, const struct strbuf *line)
{
	struct strvec *row = table_row(table);
	const char *at = strbuf_text(line);

	for (const char *tab; (tab = strchr(at, '\t')); at = tab + 1)
		strvec_add_n(row, at, (size_t)(tab - at));
	strvec_add(row, at);
}

/* The heading row is the same template over the headings. */
static json *headings(const struct format_column *columns)
{
	json *object = json_new_object();

	for (const struct format_column *column = columns; column->field; column++)
		json_set_string(object, column->field, column->heading);
	return object;
}

static int print_template_table(const struct template *template,
				const struct format_column *columns, const json *rows,
				struct error *err)
{
	auto_table struct table table = {0};
	auto_json json *heading = headings(columns);
	auto_strbuf struct strbuf line = {0};

	if (template_execute(template, heading, &line, err) < 0)
		return -1;
	add_template_row(&table, &line);
	for (size_t i = 0; i < json_length(rows); i++) {
		strbuf_clear(&line);
		if (template_execute(template, json_at(rows, i), &line, err) < 0)
			return -1;
		add_template_row(&table, &line);
	}
	table_print(&table);
	return 0;
}

static int print_template_lines(const struct template *template, const json *rows,
				struct error *err)
{
	auto_strbuf struct strbuf line = {0};

	for (size_t i = 0; i < json_length(rows); i++) {
		strbuf_clear(&line);
		if (template_execute(template, json_at(rows, i), &line, err) < 0)
			return -1;
		strbuf_add_char(&line, '\n');
		output_text(strbuf_text(&line), line.length);
	}
	return 0;
}

/* "table {{…}}": behind the word. NULL: not such a format. */
static const char *table_template(const char *format)
{
	if (strncmp(format, "table", 5) != 0 || (format[5] != ' ' && format[5] != '\t'))
		return NULL;
	return format + 5 + strspn(format + 5, " \t");
}

static bool is_plain_table(const char *format)
{
	return !format || !*format || strcmp(format, "table") == 0 || strcmp(format, "pretty") == 0;
}

int format_check(const char *format, struct error *err)
{
	struct template *template;

	if (is_plain_table(format) || strcmp(format, "json") == 0)
		return 0;
	if (!strstr(format, "{{"))
		return error_set(err, ERROR_INVALID,
				 "unknown format '%s': use 'table', 'json' or a template such as "
				 "'{{.Name}}'",
				 format);
	template = template_parse(table_template(format) ? table_template(format) : format, err);
	if (!template)
		return -1;
	template_free(template);
	return 0;
}

bool format_needs(const char *format, const char *setting, const char *field)
{
	auto_free char *named = alloc_format(".%s", field);
	auto_free char *found = format ? NULL : docker_config_text(setting);
	const char *text = format ? format : found;

	return text && (strstr(text, named) || strstr(text, "json .}") || strstr(text, "json . "));
}

int format_print(const struct format_request *request, const json *rows, struct error *err)
{
	bool is_asked_for = request->format && *request->format;
	auto_free char *setting =
		is_asked_for || !request->setting ? NULL : docker_config_text(request->setting);
	const char *format = setting ? setting : request->format;
	struct template *template;
	int result;

	if (format_check(format, err) < 0)
		return -1;
	if (is_plain_table(format)) {
		print_table(request->columns, rows);
		return 0;
	}
	if (strcmp(format, "json") == 0) {
		print_json(rows, request->json);
		return 0;
	}
	template = template_parse(table_template(format) ? table_template(format) : format, err);
	if (!template)
		return -1;
	if (table_template(format))
		result = print_template_table(template, request->columns, rows, err);
	else
		result = print_template_lines(template, rows, err);
	template_free(template);
	return result;
}

int format_documents(const char *format, const json *documents, struct error *err)
{
	auto_strbuf struct strbuf text = {0};
	struct template *template;
	int result;

	if (!format || !*format) {
		json_print(&text, documents, json_length(documents) > 0);
		strbuf_add_char(&text, '\n');
		output_text(strbuf_text(&text), text.length);
		return 0;
	}
	if (strcmp(format, "json") == 0) {
		print_json(documents, FORMAT_JSON_ARRAY);
		return 0;
	}
	template = template_parse(format, err);
	if (!template)
		return -1;
	result = print_template_lines(template, documents, err);
	template_free(template);
	return result;
}
