/* SPDX-License-Identifier: Apache-2.0 */
/* `container ls` and `container inspect`: containers of all projects and of none. */
#include "base/error.h"
#include "cli/invocation.h"
#include "cli/nouns.h"
#include "cli/output.h"
#include "cli/table.h"
#include "describe/filters.h"
#include "describe/objects.h"

struct container_ls_options {
	struct nouns_ls_options ls; /* first: NOUNS_FILTER, NOUNS_FORMAT, NOUNS_QUIET */
	bool all, no_trunc;
};

static const struct option_spec ls_options[] = {
	OPTION(BOOL, "all", 'a', container_ls_options, all, "stopped ones too"),
	NOUNS_FILTER("label=NAME[=VALUE], name=TEXT, status=STATUS"),
	NOUNS_FORMAT,
	OPTION(BOOL, "no-trunc", 0, container_ls_options, no_trunc, "do not cut long texts"),
	NOUNS_QUIET("only ids"),
	{0},
};

static const struct format_column columns[] = {
	{"ID", "CONTAINER ID", false},	{"Image", "IMAGE", false},
	{"Command", "COMMAND", false},	{"RunningFor", "CREATED", false},
	{"Status", "STATUS", false},	{"Ports", "PORTS", false},
	{"Names", "NAMES", false},	{"CreatedAt", "CREATED AT", true},
	{"Labels", "LABELS", true},	{"Mounts", "MOUNTS", true},
	{"Networks", "NETWORKS", true}, {"State", "STATE", true},
	{"Health", "HEALTH", true},	{"ExitCode", "EXIT CODE", true},
	{"Name", "NAME", true},		{0},
};

static bool fits(const struct container_ls_options *options, const struct container *container)
{
	return filters_fit(container_filters, &options->ls.filters, container) &&
	       (options->all || filters_ask(&options->ls.filters, "status") ||
		container_is_live(container));
}

static int add_rows(struct invocation *invocation, json *rows, struct error *err)
{
	const struct container_ls_options *options = invocation->options;
	struct container *containers;
	size_t count;

	if (container_list(invocation->engine, NULL, &containers, &count, invocation->arena, err) <
	    0)
		return -1;
	for (size_t i = count; i-- > 0;) /* the newest first */
		if (fits(options, &containers[i]))
			json_add(rows, describe_container_row(&containers[i], options->no_trunc));
	return 0;
}

static const struct noun container_noun = {
	nouns_describe_container, add_rows, columns, "ID", container_filters, "psFormat",
};

const struct command cmd_container_ls = NOUNS_LS(&container_noun, FOR_CONTAINERS, "list containers",
						 COMMAND_OPTIONS(container_ls_options, ls_options));

static const struct option_spec inspect_options[] = {
	NOUNS_INSPECT_FORMAT,
	NOUNS_INSPECT_SIZE,
	{0},
};

const struct command cmd_container_inspect = NOUNS_INSPECT_WITH(
	inspect_options, &container_noun, "CONTAINER...", "show all about containers as JSON");
