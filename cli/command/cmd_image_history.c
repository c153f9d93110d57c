/* SPDX-License-Identifier: Apache-2.0 */
/* `image history`: the steps that an image was made in, with their sizes. */
#include "cli/command/cmd_image.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "cli/invocation.h"
#include "cli/screen/output.h"
#include "cli/table.h"
#include "describe/objects.h"
#include "engine/engine.h"
#include "storage/image/image.h"

struct history_options {
	int human;
	bool no_trunc, quiet;
	const char *format, *platform;
};

static const struct option_spec history_options[] = {
	OPTION(STRING, "format", 0, history_options, format,
	       "Print a table, JSON, or what a template says", .value = "FORMAT",
	       .fallback = "table"),
	OPTION(TRISTATE, "human", 'H', history_options, human, "Show sizes and dates for people",
	       .fallback = "true"),
	OPTION(BOOL, "no-trunc", 0, history_options, no_trunc, "Do not cut long texts"),
	CMD_IMAGE_PLATFORM(history_options),
	OPTION(BOOL, "quiet", 'q', history_options, quiet, "Print ids only"),
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

static int history_run(struct invocation *invocation, struct error *err)
{
	const struct history_options *options = invocation->options;
	struct format_request request = {options->format, columns, FORMAT_JSON_LINES, NULL};
	const struct describe_history_style style = {.is_raw = options->human == 0,
						     .is_full = options->no_trunc};
	auto_json json *rows = NULL;
	struct image image;

	if (format_check(options->format, err) < 0 ||
	    cmd_image_find(invocation, invocation->arguments[0], options->platform, &image, err) <
		    0)
		return -1;
	rows = describe_image_history(invocation->engine, &image, style, err);
	if (!rows)
		return -1;
	if (!options->quiet)
		return format_print(&request, rows, err);
	for (size_t i = 0; i < json_length(rows); i++)
		output_line(json_string(json_at(rows, i), "ID", ""));
	return 0;
}

const struct command cmd_image_history =
	COMMAND("history", "IMAGE", "Show the steps that an image was made by",
		EXAMPLE("--no-trunc nginx", "Show the whole command of each step"),
		.needs = FOR_OBJECTS | CHANGES_NOTHING, .least = 1, .most = 1,
		COMMAND_OPTIONS(history_options, history_options), .run = history_run);
