/* SPDX-License-Identifier: Apache-2.0 */
/* `builder`: the build cache: du and prune; build is `image build`. */
#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "base/units.h"
#include "cli/invocation.h"
#include "cli/prune.h"
#include "cli/screen/output.h"
#include "cli/table.h"
#include "describe/filters.h"
#include "describe/objects.h"
#include "engine/engine.h"
#include "storage/build_cache/build_cache.h"

#include <stdio.h>
#include <string.h>

#define FILTER_HELP                                                                                \
	"Choose what fits: until=AGE, id=ID, type=TYPE, description~=PATTERN, inuse, shared, "     \
	"private, mutable"

/* --- du --------------------------------------------------------------------------------------- */

struct du_options {
	bool verbose;
	const char *format;
	struct strvec filters;
};

static const struct option_spec du_options[] = {
	OPTION(LIST, "filter", 0, du_options, filters, FILTER_HELP, .value = "FILTER"),
	OPTION(STRING, "format", 0, du_options, format,
	       "Print a table, JSON, or what a template says", .value = "FORMAT",
	       .fallback = "table"),
	OPTION(BOOL, "verbose", 'v', du_options, verbose, "Show all that is known of each"),
	{0},
};

static const struct format_column du_columns[] = {
	{"ID", "ID", false},
	{"Reclaimable", "RECLAIMABLE", false},
	{"Size", "SIZE", false},
	{"LastUsedSince", "LAST ACCESSED", false},
	{"CacheType", "TYPE", true},
	{"Description", "DESCRIPTION", true},
	{0},
};

struct sums {
	int64_t total, shared, reclaimable;
};

static void add_up(struct sums *sums, const struct build_record *record)
{
	sums->total += record->size;
	if (record->is_shared)
		sums->shared += record->size;
	if (!record->is_in_use)
		sums->reclaimable += record->size;
}

static void print_sum(const char *name, int64_t bytes)
{
	char size[32];

	output_printf("%s:\t%s\n", name, units_format_size(size, sizeof(size), bytes));
}

static void print_sums(const struct sums *sums)
{
	if (sums->shared) {
		print_sum("Shared", sums->shared);
		print_sum("Private", sums->total - sums->shared);
	}
	print_sum("Reclaimable", sums->reclaimable);
	print_sum("Total", sums->total);
}

static const char *flag(const json *row, const char *name)
{
	return json_flag(row, name, false) ? "true" : "false";
}

static void print_whole(const json *row)
{
	output_printf("ID:\t\t%s\n", json_string(row, "ID", ""));
	output_printf("Created at:\t%s\n", json_string(row, "CreatedAt", ""));
	output_printf("Mutable:\t%s\n", flag(row, "Mutable"));
	output_printf("Reclaimable:\t%s\n", flag(row, "Reclaimable"));
	output_printf("Shared:\t\t%s\n", flag(row, "Shared"));
	output_printf("Size:\t\t%s\n", json_string(row, "Size", ""));
	output_printf("Description:\t%s\n", json_string(row, "Description", ""));
	output_printf("Usage count:\t%jd\n", (intmax_t)json_int(row, "UsageCount", 0));
	output_printf("Last used:\t%s\n", json_string(row, "LastUsedSince", ""));
	output_printf("Type:\t\t%s\n\n", json_string(row, "CacheType", ""));
}

/* As buildx marks them: what changes, what images have too. */
static void mark(json *row, const char *name, bool is_marked)
{
	auto_free char *text = NULL;

	if (!is_marked)
		return;
	text = alloc_format("%s*", json_string(row, name, ""));
	json_set_string(row, name, text);
}

static int print_rows(const struct du_options *options, json *rows, struct error *err)
{
	struct format_request request = {options->format, du_columns, FORMAT_JSON_LINES, NULL};
	bool is_table = !options->format || strcmp(options->format, "table") == 0;

	for (size_t i = 0; i < json_length(rows); i++) {
		json *row = json_at(rows, i);

		if (options->verbose && is_table) {
			print_whole(row);
		} else if (is_table) {
			mark(row, "ID", json_flag(row, "Mutable", false));
			mark(row, "Size", json_flag(row, "Shared", false));
		}
	}
	return options->verbose && is_table ? 0 : format_print(&request, rows, err);
}

static int du_run(struct invocation *invocation, struct error *err)
{
	const struct du_options *options = invocation->options;
	auto_json json *rows = json_new_array();
	struct build_record *records;
	struct sums sums = {0};
	size_t count;

	if (format_check(options->format, err) < 0 ||
	    filters_check(build_filters, &options->filters, err) < 0 ||
	    build_cache_list(&invocation->engine->layout, &records, &count, invocation->arena,
			     err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (!filters_fit(build_filters, &options->filters, records + i))
			continue;
		json_add(rows, describe_build_record_row(records + i));
		add_up(&sums, records + i);
	}
	if (print_rows(options, rows, err) < 0)
		return -1;
	if (!options->format)
		print_sums(&sums);
	return 0;
}

const struct command cmd_builder_du =
	COMMAND("du", "", "Show what the build cache has and how much room it takes",
		EXAMPLE("--filter until=24h", "Show what nobody has used for a day"),
		.needs = FOR_OBJECTS | CHANGES_NOTHING, COMMAND_OPTIONS(du_options, du_options),
		.run = du_run);

/* --- prune ------------------------------------------------------------------------------------ */

struct builder_prune_options {
	struct prune_options prune; /* first */
	bool all;
	const char *max_used, *min_free, *reserved;
};

static const struct option_spec prune_options[] = {
	OPTION(BOOL, "all", 'a', builder_prune_options, all,
	       "Remove what images need as well, not only what nothing else keeps"),
	OPTION(LIST, "filter", 0, prune_options, filters, FILTER_HELP, .value = "FILTER"),
	OPTION(BOOL, "force", 'f', prune_options, force, "Do not ask for confirmation"),
	OPTION(STRING, "keep-storage", 0, builder_prune_options, reserved, "As --reserved-space",
	       .value = "BYTES", .is_hidden = true),
	OPTION(STRING, "max-used-space", 0, builder_prune_options, max_used,
	       "Remove only as much as brings the cache below this", .value = "BYTES"),
	OPTION(STRING, "min-free-space", 0, builder_prune_options, min_free,
	       "Remove only as much as leaves so much room on the disk", .value = "BYTES"),
	OPTION(STRING, "reserved-space", 0, builder_prune_options, reserved,
	       "Keep so much of what was used last", .value = "BYTES"),
	{0},
};

static int read_size(const char *name, const char *text, int64_t *bytes, struct error *err)
{
	if (text && (units_parse_size(bytes, text, err) < 0 || *bytes < 0))
		return error_wrap(err, "--%s", name);
	return 0;
}

static int make_request(const struct builder_prune_options *options,
			struct build_cache_prune *request, struct error *err)
{
	*request = (struct build_cache_prune){.all = options->all};
	if (read_size("max-used-space", options->max_used, &request->max_used_bytes, err) < 0 ||
	    read_size("min-free-space", options->min_free, &request->min_free_bytes, err) < 0)
		return -1;
	return read_size("reserved-space", options->reserved, &request->reserved_bytes, err);
}

static int prune_check(const void *data, struct error *err)
{
	const struct builder_prune_options *options = data;
	struct build_cache_prune request;

	if (make_request(options, &request, err) < 0)
		return -1;
	return filters_check(build_filters, &options->prune.filters, err);
}

static int prune_run(struct invocation *invocation, struct error *err)
{
	const struct builder_prune_options *options = invocation->options;
	struct prune prune = {.invocation = invocation, .filters = &options->prune.filters};
	struct build_cache_prune request;

	if (!prune_ask(&options->prune, options->all
						? "This will remove all build cache."
						: "This will remove all dangling build cache."))
		return 0;
	if (make_request(options, &request, err) < 0 || prune_builds(&prune, &request, err) < 0)
		return -1;
	prune_total(&prune);
	return 0;
}

const struct command cmd_builder_prune =
	COMMAND("prune", "", "Remove what the build cache has",
		EXAMPLE("--filter until=48h -f",
			"Remove without a question what nobody has used for two days"),
		.needs = FOR_OBJECTS, COMMAND_OPTIONS(builder_prune_options, prune_options),
		.check = prune_check, PRUNE_LAST_WORDS("builder"), .run = prune_run);

static const struct command_entry verbs[] = {
	{"build", &cmd_image_build},
	{"du", &cmd_builder_du},
	{"prune", &cmd_builder_prune},
	{0},
};

const struct command cmd_builder = COMMAND(
	"builder", "COMMAND", "Build images and manage the build cache",
	EXAMPLE("du", "Show what the build cache has"), .needs = CHANGES_NOTHING, .verbs = verbs);
