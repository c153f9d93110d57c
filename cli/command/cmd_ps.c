/* SPDX-License-Identifier: Apache-2.0 */
/* `ps`: the project's containers as a table, JSON or by a template. */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strvec.h"
#include "cli/invocation.h"
#include "cli/screen/output.h"
#include "describe/catalog.h"
#include "describe/filters.h"
#include "describe/objects.h"
#include "engine/labels.h"

#include <stdlib.h>
#include <string.h>

struct ps_options {
	bool all, quiet, services, no_trunc;
	int orphans;
	const char *format;
	struct strvec filters, statuses;
};

static const struct option_spec ps_options[] = {
	OPTION(BOOL, "all", 'a', ps_options, all,
	       "Include containers that are stopped, and those of 'run'"),
	OPTION(LIST, "filter", 0, ps_options, filters, "Show only what fits: status=STATUS",
	       .value = "FILTER"),
	OPTION(STRING, "format", 0, ps_options, format,
	       "Print a table, JSON, or what a template says", .value = "FORMAT",
	       .fallback = "table"),
	OPTION(BOOL, "no-trunc", 0, ps_options, no_trunc, "Do not cut long texts"),
	OPTION(TRISTATE, "orphans", 0, ps_options, orphans,
	       "Include services that the compose file lacks", .fallback = "true"),
	OPTION(BOOL, "quiet", 'q', ps_options, quiet, "Print ids only"),
	OPTION(BOOL, "services", 0, ps_options, services, "Print names of services only"),
	OPTION(LIST, "status", 0, ps_options, statuses, "Show only containers of this status",
	       .value = "STATUS"),
	{0},
};

static const struct format_column columns[] = {
	{"Name", "NAME", false},
	{"Image", "IMAGE", false},
	{"Command", "COMMAND", false},
	{"Service", "SERVICE", false},
	{"RunningFor", "CREATED", false},
	{"Status", "STATUS", false},
	{"Ports", "PORTS", false},
	{"ID", "CONTAINER ID", true},
	{"CreatedAt", "CREATED AT", true},
	{"ExitCode", "EXIT CODE", true},
	{"Health", "HEALTH", true},
	{"Labels", "LABELS", true},
	{"LocalVolumes", "LOCAL VOLUMES", true},
	{"Mounts", "MOUNTS", true},
	{"Names", "NAMES", true},
	{"Networks", "NETWORKS", true},
	{"Project", "PROJECT", true},
	{"Publishers", "PUBLISHERS", true},
	{"Size", "SIZE", true},
	{"State", "STATE", true},
	{0},
};

/* --status X is --filter status=X. */
static int read_filters(struct ps_options *options, struct error *err)
{
	strvec_each (status, &options->statuses)
		strvec_addf(&options->filters, "status=%s", *status);
	if (filters_check(container_filters_of_ps, &options->filters, err) < 0)
		return -1;
	return format_check(options->format, err);
}

static bool is_shown(const struct invocation *invocation, const struct ps_options *options,
		     const struct container *container)
{
	const struct container_filters_subject subject = {container, NULL};

	if (!filters_fit(container_filters_of_ps, &options->filters, &subject) ||
	    (options->filters.count == 0 && !options->all && !container_is_live(container)))
		return false;
	return options->orphans != 0 || !invocation->project ||
	       project_find_any_service(invocation->project, labels_service(container));
}

static int compare_names(const void *a, const void *b)
{
	const struct container *x = a, *y = b;

	return strcmp(x->name ? x->name : "", y->name ? y->name : "");
}

static void print_services(const struct container_list *list)
{
	auto_strvec struct strvec names = {0};

	for (size_t i = 0; i < list->count; i++)
		if (!strvec_contains(&names, labels_service(&list->items[i])))
			strvec_add(&names, labels_service(&list->items[i]));
	strvec_each (name, &names)
		output_line(*name);
}

static int print(const struct invocation *invocation, const struct container_list *list,
		 struct error *err)
{
	const struct ps_options *options = invocation->options;
	auto_catalog struct catalog catalog = {
		.engine = invocation->engine,
		.is_full = options->no_trunc,
	};
	struct format_request request = {options->format, columns, FORMAT_JSON_LINES, "psFormat"};
	auto_json json *rows = json_new_array();

	if (options->services) {
		print_services(list);
		return 0;
	}
	for (size_t i = 0; options->quiet && i < list->count; i++)
		output_line(list->items[i].id);
	if (options->quiet)
		return 0;
	for (size_t i = 0; i < list->count; i++)
		json_add(rows, describe_container_row(&list->items[i], &catalog));
	return format_print(&request, rows, err);
}

static int ps_run(struct invocation *invocation, struct error *err)
{
	struct ps_options *options = invocation->options;
	struct container_list all, shown = {0};

	if (read_filters(options, err) < 0 ||
	    invocation_list(invocation, invocation->arguments,
			    options->all || options->filters.count > 0, &all, err) < 0)
		return -1;
	shown.items = arena_array(invocation->arena, all.count + 1, sizeof(*shown.items));
	for (size_t i = 0; i < all.count; i++)
		if (is_shown(invocation, options, &all.items[i]))
			shown.items[shown.count++] = all.items[i];
	qsort(shown.items, shown.count, sizeof(*shown.items), compare_names);
	return print(invocation, &shown, err);
}

const struct command cmd_ps =
	COMMAND("ps", "[SERVICE...]", "List the project's containers",
		EXAMPLE("-a", "List containers that have ended, too"),
		.needs = FOR_SERVICES | SERVICE_ARGUMENTS | CHANGES_NOTHING, .most = ANY_NUMBER,
		COMMAND_OPTIONS(ps_options, ps_options), .run = ps_run);
