/* SPDX-License-Identifier: Apache-2.0 */
/* `image ls`: a row for each name of each image, filtered and formatted. */
#include "cli/command/cmd_image.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/strvec.h"
#include "cli/invocation.h"
#include "cli/screen/output.h"
#include "cli/table.h"
#include "describe/filters.h"
#include "describe/objects.h"
#include "engine/engine.h"
#include "storage/image/image.h"
#include "storage/reference.h"

struct image_ls_options {
	bool all, quiet, no_trunc, digests;
	const char *format;
	struct strvec filters;
};

static const struct option_spec ls_options[] = {
	OPTION(BOOL, "all", 'a', image_ls_options, all,
	       "Unnamed images too (they are always shown)", .is_hidden = true),
	OPTION(BOOL, "digests", 0, image_ls_options, digests, "Show digests"),
	OPTION(LIST, "filter", 'f', image_ls_options, filters,
	       "Show only what fits: dangling=BOOL, label=NAME[=VALUE], reference=PATTERN, "
	       "before=IMAGE, since=IMAGE, until=TIME",
	       .value = "FILTER"),
	OPTION(STRING, "format", 0, image_ls_options, format,
	       "Print a table, JSON, or what a template says", .value = "FORMAT",
	       .fallback = "table"),
	OPTION(BOOL, "no-trunc", 0, image_ls_options, no_trunc, "Do not cut ids"),
	OPTION(BOOL, "quiet", 'q', image_ls_options, quiet, "Print ids only"),
	{0},
};

#define COLUMNS(hide_digest)                                                                       \
	{                                                                                          \
		{"Repository", "REPOSITORY", false}, {"Tag", "TAG", false},                        \
			{"Digest", "DIGEST", hide_digest}, {"ID", "IMAGE ID", false},              \
			{"CreatedSince", "CREATED", false}, {"Size", "SIZE", false},               \
			{"CreatedAt", "CREATED AT", true}, {0},                                    \
	}

static const struct format_column columns[] = COLUMNS(true);
static const struct format_column digest_columns[] = COLUMNS(false);

/* What the user typed behind `image ls`: "docker.io/library/redis" too. */
static bool fits_argument(const char *name, const char *wanted)
{
	auto_free char *full = reference_normalize(wanted, NULL);

	return image_filters_reference(name, wanted) || (name && full && strcmp(full, name) == 0);
}

static bool fits(const struct invocation *invocation, const struct image_ls_options *options,
		 const struct image_filters_subject *subject)
{
	char *const *wanted = invocation->arguments;

	if (!filters_fit(image_filters, &options->filters, subject))
		return false;
	if (!wanted || !*wanted)
		return true;
	for (; *wanted; wanted++)
		if (fits_argument(subject->name, *wanted))
			return true;
	return false;
}

static void add_rows(const struct invocation *invocation, const struct image_ls_options *options,
		     const struct image *image, json *rows)
{
	char *const *name = image->names;

	do {
		struct image_filters_subject subject = {image, name ? *name : NULL,
							&invocation->engine->layout};

		if (fits(invocation, options, &subject))
			json_add(rows, describe_image_row(image, subject.name, options->no_trunc));
	} while (name && *name && *++name);
}

/* Names of one image stand together. */
static void print_ids(const json *rows)
{
	auto_strvec struct strvec ids = {0};

	for (size_t i = 0; i < json_length(rows); i++) {
		const char *id = json_string(json_at(rows, i), "ID", "");

		if (!strvec_contains(&ids, id))
			strvec_add(&ids, id);
	}
	strvec_each (id, &ids)
		output_line(*id);
}

static int list_images(struct invocation *invocation, const struct image_ls_options *options,
		       struct error *err)
{
	const struct layout *layout = &invocation->engine->layout;
	struct format_request request = {options->format,
					 options->digests ? digest_columns : columns,
					 FORMAT_JSON_LINES, "imagesFormat"};
	auto_json json *rows = json_new_array();
	struct image *images;
	size_t count;

	if (format_check(options->format, err) < 0 ||
	    image_filters_check(layout, &options->filters, err) < 0 ||
	    image_list(layout, &images, &count, invocation->arena, err) < 0)
		return -1;
	if (count > 1)
		qsort(images, count, sizeof(*images), describe_compare_ages);
	for (size_t i = 0; i < count; i++)
		add_rows(invocation, options, &images[i], rows);
	if (!options->quiet)
		return format_print(&request, rows, err);
	print_ids(rows);
	return 0;
}

int cmd_image_list(struct invocation *invocation, const char *format, bool quiet, struct error *err)
{
	struct image_ls_options options = {.format = format, .quiet = quiet};

	return list_images(invocation, &options, err);
}

static int ls_run(struct invocation *invocation, struct error *err)
{
	return list_images(invocation, invocation->options, err);
}

const struct command cmd_image_ls =
	COMMAND("ls", "[REFERENCE...]", "List images",
		EXAMPLE("--filter dangling=true", "List the images that have no name"),
		.needs = FOR_OBJECTS | CHANGES_NOTHING, .most = ANY_NUMBER,
		COMMAND_OPTIONS(image_ls_options, ls_options), .run = ls_run);
