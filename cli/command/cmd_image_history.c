/* SPDX-License-Identifier: Apache-2.0 */
/* `image history`: the steps that an image was made in, with their sizes. */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "cli/invocation.h"
#include "cli/output.h"
#include "cli/table.h"
#include "describe/objects.h"
#include "describe/times.h"
#include "engine/engine.h"
#include "storage/image/image.h"

#include <stdio.h>
#include <string.h>

#define SHOWN 45 /* characters of a command, as Docker cuts it */

struct history_options {
	int human;
	bool no_trunc, quiet;
	const char *format;
};

static const struct option_spec history_options[] = {
	OPTION(STRING, "format", 0, history_options, format, "table, json or a template",
	       .value = "FORMAT"),
	OPTION(TRISTATE, "human", 'H', history_options, human,
	       "sizes and dates for people (the default)"),
	OPTION(BOOL, "no-trunc", 0, history_options, no_trunc, "do not cut long texts"),
	OPTION(BOOL, "quiet", 'q', history_options, quiet, "only ids"),
	{0},
};

static const struct format_column columns[] = {
	{"ID", "IMAGE", false},
	{"CreatedSince", "CREATED", false},
	{"CreatedBy", "CREATED BY", false},
	{"Size", "SIZE", false},
	{"Comment", "COMMENT", false},
	{"CreatedAt", "CREATED AT", true},
	{0},
};

static void set_command(json *row, const char *command, bool is_full)
{
	auto_strbuf struct strbuf text = {0};
	size_t characters = 0;

	for (const char *c = command; *c; c++) {
		bool is_start = ((unsigned char)*c & 0xc0) != 0x80;

		characters += is_start;
		if (!is_full && is_start && characters >= SHOWN &&
		    strlen(c) > 1) { /* the last place is for the mark */
			strbuf_add(&text, "…");
			break;
		}
		strbuf_add_char(&text, *c == '\t' || *c == '\n' ? ' ' : *c);
	}
	json_set_string(row, "CreatedBy", strbuf_text(&text));
}

static json *describe_row(const struct history_options *options, const json *entry, int64_t bytes)
{
	json *row = json_new_object();
	const char *created = json_string(entry, "created", NULL);
	auto_free char *age = times_ago(created);
	char size[32];

	json_set_string(row, "CreatedAt", created ? created : "");
	json_set_string(row, "CreatedSince", options->human != 0 ? age : created ? created : "");
	set_command(row, json_string(entry, "created_by", ""), options->no_trunc);
	if (options->human != 0)
		units_format_size(size, sizeof(size), bytes);
	else
		snprintf(size, sizeof(size), "%jd", (intmax_t)bytes);
	json_set_string(row, "Size", size);
	json_set_string(row, "Comment", json_string(entry, "comment", ""));
	return row;
}

/* The newest first. A config may say less of its history than it has layers. */
static json *describe_history(struct invocation *invocation, const struct image *image,
			      const json *history)
{
	const struct history_options *options = invocation->options;
	const struct layout *layout = &invocation->engine->layout;
	json *rows = json_new_array();
	size_t layer = image->layer_count;
	char short_id[13];

	describe_short_id(short_id, image->id);
	for (size_t i = json_length(history); i-- > 0;) {
		json *entry = json_at(history, i);
		bool has_layer = !json_flag(entry, "empty_layer", false) && layer > 0;
		json *row = describe_row(
			options, entry,
			has_layer ? image_layer_size(layout, image->chain_ids[--layer]) : 0);

		json_set_string(row, "ID",
				json_length(rows)   ? "<missing>"
				: options->no_trunc ? image->id
						    : short_id);
		json_add(rows, row);
	}
	return rows;
}

static int history_run(struct invocation *invocation, struct error *err)
{
	const struct history_options *options = invocation->options;
	struct format_request request = {options->format, columns, FORMAT_JSON_LINES};
	auto_strbuf struct strbuf text = {0};
	auto_json json *config = NULL;
	auto_json json *rows = NULL;
	struct image image;

	if (format_check(options->format, err) < 0 ||
	    image_find(&invocation->engine->layout, invocation->arguments[0], &image,
		       invocation->arena, err) < 0 ||
	    image_read_config(&invocation->engine->layout, &image, &text, err) < 0)
		return -1;
	config = json_parse(strbuf_text(&text), text.length, image.id, err);
	if (!config)
		return -1;
	rows = describe_history(invocation, &image, json_get(config, "history"));
	if (!options->quiet)
		return format_print(&request, rows, err);
	for (size_t i = 0; i < json_length(rows); i++)
		output_line(json_string(json_at(rows, i), "ID", ""));
	return 0;
}

const struct command cmd_image_history =
	COMMAND("history", "IMAGE", "show what an image was made of",
		.needs = FOR_OBJECTS | CHANGES_NOTHING, .least = 1, .most = 1,
		COMMAND_OPTIONS(history_options, history_options), .run = history_run);
