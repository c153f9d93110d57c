/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows and documents as --format asks: a table, JSON, or by a template.
 */
#include "cli/screen/output.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "describe/template.h"
#include "registry/docker_config.h"

#include <string.h>

/* The text of a member as a table shows it. */
static void add_cell(struct strvec *row, const json *object, const char *field)
{
	auto_strbuf struct strbuf text = {0};

	template_value(&text, json_get(object, field));
	strvec_add(row, strbuf_text(&text));
}

/* What goes first where a terminal is too narrow for all columns. */
static const char *const yielding[] = {
	"Command", "Platform", "RunningFor", "CreatedSince", "Image", "HumanSize",
	"BlockIO", "NetIO",    "PIDs",	     "Service",	     "ID",
};

static unsigned char rank_of(const char *field)
{
	for (unsigned char i = 0; i < array_length(yielding); i++)
		if (strcmp(yielding[i], field) == 0)
			return i + 1;
	return 0;
}

static void print_table(const struct format_column *columns, const json *rows)
{
	auto_table struct table table = {0};
	struct strvec *row = table_row(&table);

	for (const struct format_column *column = columns; column->field; column++)
		if (!column->is_hidden) {
			if (row->count < TABLE_COLUMNS)
				table.yields[row->count] = rank_of(column->field);
			strvec_add(row, column->heading);
			if (output_is_frame() && strcmp(column->field, "Name") == 0)
				table.cut = row->count; /* a row of a frame is a line */
		}
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

	if (template_execute_heading(template, heading, &line, err) < 0)
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
	if (!strstr(format, "{{")) {
		error_set(err, ERROR_INVALID,
			  "unknown format '%s': use 'table', 'json' or a template such as "
			  "'{{.Name}}'",
			  format);
		return error_state(err, FACT_OF_CLIENT, NULL, NULL);
	}
	template = template_parse(table_template(format) ? table_template(format) : format, err);
	if (!template)
		return -1;
	template_free(template);
	return 0;
}

int format_check_documents(const char *format, struct error *err)
{
	struct template *template;

	if (!format || !*format || strcmp(format, "json") == 0)
		return 0;
	template = template_parse(format, err);
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

/* What fails leaves the others; when there is nothing at all, Docker ends with an empty line. */
static int print_documents(const struct template *template, const json *documents,
			   struct error *err)
{
	auto_strbuf struct strbuf text = {0}, line = {0};
	int result = 0;

	for (size_t i = 0; i < json_length(documents); i++) {
		struct error reason = {0};

		strbuf_clear(&line);
		if (template_execute(template, json_at(documents, i), &line, &reason) < 0) {
			result = result < 0 ? -1 : error_pass(err, &reason);
			continue;
		}
		strbuf_add_n(&text, strbuf_text(&line), line.length);
		strbuf_add_char(&text, '\n');
	}
	if (!text.length)
		strbuf_add_char(&text, '\n');
	output_text(text.text, text.length);
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
	result = print_documents(template, documents, err);
	template_free(template);
	return result;
}
