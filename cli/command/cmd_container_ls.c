/* SPDX-License-Identifier: Apache-2.0 */
/* `container ls` and `container inspect`: containers of all projects and of none. */
#include "base/error.h"
#include "cli/invocation.h"
#include "cli/nouns.h"
#include "cli/screen/output.h"
#include "cli/table.h"
#include "describe/catalog.h"
#include "describe/filters.h"
#include "describe/objects.h"

#include <string.h>

struct container_ls_options {
	struct nouns_ls_options ls; /* first: NOUNS_FILTER, NOUNS_FORMAT, NOUNS_QUIET */
	bool all, no_trunc, latest, size;
	int last;
};

static const struct option_spec ls_options[] = {
	OPTION(BOOL, "all", 'a', container_ls_options, all, "Include containers that are stopped"),
	NOUNS_FILTER(
		"Show only what fits: ancestor=IMAGE, before=CONTAINER, exited=CODE, expose=PORT, "
		"health=HEALTH, id=ID, label=NAME[=VALUE], name=PATTERN, network=NETWORK, "
		"publish=PORT, since=CONTAINER, status=STATUS, volume=VOLUME"),
	NOUNS_FORMAT,
	OPTION(INT, "last", 'n', container_ls_options, last,
	       "Show only the N that were created last", .value = "N"),
	OPTION(BOOL, "latest", 'l', container_ls_options, latest,
	       "Show only the one that was created last"),
	OPTION(BOOL, "no-trunc", 0, container_ls_options, no_trunc, "Do not cut long texts"),
	NOUNS_QUIET("Print ids only"),
	OPTION(BOOL, "size", 's', container_ls_options, size, "Count what containers have written"),
	{0},
};

#define COLUMNS(hides_size)                                                                        \
	{                                                                                          \
		{"ID", "CONTAINER ID", false}, {"Image", "IMAGE", false},                          \
			{"Command", "COMMAND", false}, {"RunningFor", "CREATED", false},           \
			{"Status", "STATUS", false}, {"Ports", "PORTS", false},                    \
			{"Names", "NAMES", false}, {"Size", "SIZE", hides_size},                   \
			{"CreatedAt", "CREATED AT", true}, {"Labels", "LABELS", true},             \
			{"LocalVolumes", "LOCAL VOLUMES", true}, {"Mounts", "MOUNTS", true},       \
			{"Networks", "NETWORKS", true}, {"Platform", "PLATFORM", true},            \
			{"State", "STATE", true}, {"Health", "HEALTH", true},                      \
			{"HealthStatus", "HEALTH STATUS", true}, {"ExitCode", "EXIT CODE", true},  \
			{"Name", "NAME", true}, {"Project", "PROJECT", true},                      \
			{"Service", "SERVICE", true}, {0},                                         \
	}

static const struct format_column columns[] = COLUMNS(true);
static const struct format_column columns_with_size[] = COLUMNS(false);

static int most(const struct container_ls_options *options)
{
	return options->last > 0 ? options->last : options->latest;
}

static bool fits(const struct container_ls_options *options, struct catalog *catalog,
		 const struct container *container)
{
	const struct container_filters_subject subject = {container, catalog};

	return filters_fit(container_filters, &options->ls.filters, &subject) &&
	       (options->all || most(options) || filters_ask(&options->ls.filters, "status") ||
		container_is_live(container));
}

static int add_rows(struct invocation *invocation, json *rows, struct error *err)
{
	const struct container_ls_options *options = invocation->options;
	auto_catalog struct catalog catalog = {
		.engine = invocation->engine,
		.is_full = options->no_trunc,
		.with_sizes =
			options->size || (!options->ls.quiet &&
					  format_needs(options->ls.format, "psFormat", "Size")),
	};
	size_t count, left = most(options) ? (size_t)most(options) : SIZE_MAX;
	struct container *containers;

	if (container_filters_check(invocation->engine, &options->ls.filters, err) < 0 ||
	    container_list(invocation->engine, NULL, &containers, &count, invocation->arena, err) <
		    0)
		return -1;
	for (size_t i = count; left > 0 && i-- > 0;) { /* the newest first */
		if (!fits(options, &catalog, &containers[i]))
			continue;
		json_add(rows, describe_container_row(&containers[i], &catalog));
		left--;
	}
	return 0;
}

#define NOUN(shown)                                                                                \
	{                                                                                          \
		nouns_describe_container, add_rows, shown, "ID", container_filters, "psFormat",    \
	}

static const struct noun container_noun = NOUN(columns), sized_noun = NOUN(columns_with_size);

static int ls_run(struct invocation *invocation, struct error *err)
{
	const struct container_ls_options *options = invocation->options;

	return nouns_ls_as(invocation, options->size ? &sized_noun : &container_noun, err);
}

const struct command cmd_container_ls =
	COMMAND("ls", "", "List containers",
		EXAMPLE("-a --filter status=exited", "List the containers that have ended"),
		.needs = FOR_CONTAINERS | CHANGES_NOTHING,
		COMMAND_OPTIONS(container_ls_options, ls_options), .run = ls_run);

static const struct option_spec inspect_options[] = {
	NOUNS_INSPECT_FORMAT,
	NOUNS_INSPECT_SIZE,
	{0},
};

const struct command cmd_container_inspect = NOUNS_INSPECT_WITH(
	inspect_options, &container_noun, "CONTAINER...",
	"Show all that is known of containers, as JSON",
	EXAMPLE("-f \"{{.State.Status}}\" web", "Print the state of web, and nothing else"));
