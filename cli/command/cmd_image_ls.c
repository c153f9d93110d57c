/* SPDX-License-Identifier: Apache-2.0 */
/* `image ls`: a row for each name of each image, filtered and formatted. */
#include "cli/command/cmd_image.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strvec.h"
#include "base/units.h"
#include "cli/invocation.h"
#include "cli/output.h"
#include "cli/table.h"
#include "describe/objects.h"
#include "describe/times.h"
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
	       "unnamed images too (they are always shown)", .is_hidden = true),
	OPTION(BOOL, "digests", 0, image_ls_options, digests, "show digests"),
	OPTION(LIST, "filter", 'f', image_ls_options, filters,
	       "dangling=BOOL, label=NAME[=VALUE], reference=PATTERN, before=IMAGE, since=IMAGE, "
	       "until=TIME",
	       .value = "FILTER"),
	OPTION(STRING, "format", 0, image_ls_options, format, "table, json or a template",
	       .value = "FORMAT"),
	OPTION(BOOL, "no-trunc", 0, image_ls_options, no_trunc, "do not cut ids"),
	OPTION(BOOL, "quiet", 'q', image_ls_options, quiet, "only ids"),
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

/* One image under one of its names; NULL: it has none. */
struct row {
	const struct image *image;
	const char *name; /* full */
};

struct listing {
	struct invocation *invocation;
	const struct image_ls_options *options;
	struct timespec now;
};

static struct timespec created_at(const struct image *image)
{
	struct timespec time = {0};

	if (image->created)
		units_parse_time(&time, image->created, NULL);
	return time;
}

/* "redis", "redis:7", "red*": as Docker does, on the name that it shows, with and
 * without its tag. */
static bool fits_reference(const char *name, const char *pattern)
{
	auto_free char *familiar = name ? reference_familiar(name) : NULL;
	char *slash = familiar ? strrchr(familiar, '/') : NULL;
	char *end;

	if (!familiar)
		return false;
	if (fnmatch(pattern, familiar, FNM_PATHNAME) == 0)
		return true;
	end = (slash ? slash : familiar) + strcspn(slash ? slash : familiar, "@:");
	*end = '\0';
	return fnmatch(pattern, familiar, FNM_PATHNAME) == 0;
}

/* What the user typed behind `image ls`: "docker.io/library/redis" too. */
static bool fits_argument(const struct row *row, const char *wanted)
{
	auto_free char *full = reference_normalize(wanted, NULL);

	return fits_reference(row->name, wanted) ||
	       (row->name && full && strcmp(full, row->name) == 0);
}

/* 1 fits, 0 does not, -1 error. */
typedef int filter_call(const struct listing *listing, const struct row *row, const char *value,
			struct error *err);

static int filter_dangling(const struct listing *listing, const struct row *row, const char *value,
			   struct error *err)
{
	bool wanted = true;

	(void)listing;
	if (units_parse_bool(&wanted, value, err) < 0)
		return -1;
	return wanted == (row->name == NULL);
}

static int filter_label(const struct listing *listing, const struct row *row, const char *value,
			struct error *err)
{
	(void)listing, (void)err;
	return describe_label_fits(row->image->labels, row->image->label_count, value);
}

static int filter_reference(const struct listing *listing, const struct row *row, const char *value,
			    struct error *err)
{
	(void)listing, (void)err;
	return fits_reference(row->name, value);
}

static int find_time(const struct listing *listing, const char *name, struct timespec *time,
		     struct error *err)
{
	struct invocation *invocation = listing->invocation;
	struct image image;

	if (image_find(&invocation->engine->layout, name, &image, invocation->arena, err) < 0)
		return -1;
	*time = created_at(&image);
	return 0;
}

static int filter_before(const struct listing *listing, const struct row *row, const char *value,
			 struct error *err)
{
	struct timespec other, own = created_at(row->image);

	return find_time(listing, value, &other, err) < 0 ? -1 : units_is_earlier(&own, &other);
}

static int filter_since(const struct listing *listing, const struct row *row, const char *value,
			struct error *err)
{
	struct timespec other, own = created_at(row->image);

	return find_time(listing, value, &other, err) < 0 ? -1 : units_is_earlier(&other, &own);
}

static int filter_until(const struct listing *listing, const struct row *row, const char *value,
			struct error *err)
{
	struct timespec other, own = created_at(row->image);

	return times_parse(&other, value, &listing->now, err) < 0 ? -1
								  : units_is_earlier(&own, &other);
}

static const struct {
	const char *name;
	filter_call *call;
	bool is_any; /* several: one must fit */
} filters[] = {
	{"before=", filter_before, false}, {"dangling=", filter_dangling, false},
	{"label=", filter_label, false},   {"reference=", filter_reference, true},
	{"since=", filter_since, false},   {"until=", filter_until, false},
};

static int find_filter(const char *text)
{
	for (size_t i = 0; i < array_length(filters); i++)
		if (strncmp(text, filters[i].name, strlen(filters[i].name)) == 0)
			return (int)i;
	return -1;
}

static int fits(const struct listing *listing, const struct row *row, struct error *err)
{
	char *const *wanted = listing->invocation->arguments;
	bool needs_any = false, has_any = false;

	strvec_each (text, &listing->options->filters) {
		int i = find_filter(*text), result;

		result = filters[i].call(listing, row, *text + strlen(filters[i].name), err);
		if (result < 0)
			return -1;
		if (!result && !filters[i].is_any)
			return 0;
		needs_any |= filters[i].is_any;
		has_any |= filters[i].is_any && result;
	}
	if (needs_any && !has_any)
		return 0;
	if (!wanted || !*wanted)
		return 1;
	for (; *wanted; wanted++)
		if (fits_argument(row, *wanted))
			return 1;
	return 0;
}

/* The newest first, as Docker. */
static int by_age(const void *a, const void *b)
{
	const struct image *left = a, *right = b;
	struct timespec one = created_at(left), two = created_at(right);

	return units_is_earlier(&two, &one)   ? -1
	       : units_is_earlier(&one, &two) ? 1
					      : strcmp(left->id, right->id);
}

static int add_rows(const struct listing *listing, const struct image *image, json *rows,
		    struct strvec *ids, struct error *err)
{
	char *const *name = image->names;

	do {
		struct row row = {image, name ? *name : NULL};
		int result = fits(listing, &row, err);
		json *value;

		if (result < 0)
			return -1;
		if (result == 0)
			continue;
		value = describe_image_row(image, row.name, listing->options->no_trunc);
		if (!strvec_contains(ids, json_string(value, "ID", "")))
			strvec_add(ids, json_string(value, "ID", ""));
		json_add(rows, value);
	} while (name && *name && *++name);
	return 0;
}

static int list_images(struct invocation *invocation, const struct image_ls_options *options,
		       struct error *err)
{
	struct format_request request = {
		options->format, options->digests ? digest_columns : columns, FORMAT_JSON_LINES};
	struct listing listing = {invocation, options, units_now()};
	auto_json json *rows = json_new_array();
	auto_strvec struct strvec ids = {0};
	struct image *images;
	size_t count;

	if (format_check(options->format, err) < 0 ||
	    image_list(&invocation->engine->layout, &images, &count, invocation->arena, err) < 0)
		return -1;
	if (count > 1)
		qsort(images, count, sizeof(*images), by_age);
	for (size_t i = 0; i < count; i++)
		if (add_rows(&listing, &images[i], rows, &ids, err) < 0)
			return -1;
	if (!options->quiet)
		return format_print(&request, rows, err);
	strvec_each (id, &ids)
		output_line(*id);
	return 0;
}

int cmd_image_list(struct invocation *invocation, const char *format, bool quiet, struct error *err)
{
	struct image_ls_options options = {.format = format, .quiet = quiet};

	return list_images(invocation, &options, err);
}

static int ls_check(const void *data, struct error *err)
{
	const struct image_ls_options *options = data;

	strvec_each (text, &options->filters)
		if (find_filter(*text) < 0)
			return error_set(err, ERROR_INVALID,
					 "unknown filter '%s': there are before=, dangling=, "
					 "label=, reference=, since= and until=",
					 *text);
	return 0;
}

static int ls_run(struct invocation *invocation, struct error *err)
{
	return list_images(invocation, invocation->options, err);
}

const struct command cmd_image_ls = {
	.name = "ls",
	.usage = "[REFERENCE...]",
	.help = "list images",
	.needs = FOR_OBJECTS | CHANGES_NOTHING,
	.most = ANY_NUMBER,
	COMMAND_OPTIONS(image_ls_options, ls_options),
	.check = ls_check,
	.run = ls_run,
};
