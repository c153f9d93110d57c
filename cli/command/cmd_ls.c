/* SPDX-License-Identifier: Apache-2.0 */
/* `ls`: projects, found by the labels of containers. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "cli/invocation.h"
#include "cli/screen/output.h"
#include "describe/filters.h"
#include "engine/labels.h"

#include <stdlib.h>
#include <string.h>

struct ls_options {
	bool all, quiet;
	const char *format;
	struct strvec filters;
};

static const struct option_spec ls_options[] = {
	OPTION(BOOL, "all", 'a', ls_options, all, "Include stopped projects"),
	OPTION(LIST, "filter", 0, ls_options, filters, "Show only what fits: name=REGEX",
	       .value = "FILTER"),
	OPTION(STRING, "format", 0, ls_options, format,
	       "Print a table, JSON, or what a template says", .value = "FORMAT",
	       .fallback = "table"),
	OPTION(BOOL, "quiet", 'q', ls_options, quiet, "Print names only"),
	{0},
};

static const struct format_column columns[] = {
	{"Name", "NAME", false},
	{"Status", "STATUS", false},
	{"ConfigFiles", "CONFIG FILES", false},
	{0},
};

struct summary {
	size_t counts[CONTAINER_STATUS_COUNT], live;
	const char *files;
};

static void count(struct map *projects, const struct container *container)
{
	const char *name = labels_project(container);
	const char *files = container_label(container, LABEL_CONFIG_FILES);
	void **slot = map_slot(projects, name ? name : "");
	struct summary *summary = *slot;

	if (!summary)
		summary = *slot = alloc_zeroed(1, sizeof(*summary));
	summary->counts[container->state.status]++;
	summary->live += container_is_live(container);
	if (files)
		summary->files = files;
}

/* "exited(1), running(2)" */
static json *describe(const char *name, const struct summary *summary)
{
	auto_strbuf struct strbuf status = {0};
	json *row = json_new_object();

	for (int i = 0; i < CONTAINER_STATUS_COUNT; i++)
		if (summary->counts[i] > 0)
			strbuf_printf(&status, "%s%s(%zu)", status.length ? ", " : "",
				      container_statuses[i], summary->counts[i]);
	json_set_string(row, "Name", name);
	json_set_string(row, "Status", strbuf_text(&status));
	json_set_string(row, "ConfigFiles", summary->files ? summary->files : "");
	return row;
}

static int ls_check(const void *data, struct error *err)
{
	const struct ls_options *options = data;

	if (filters_check(project_filters, &options->filters, err) < 0)
		return -1;
	return format_check(options->format, err);
}

static int compare_entries(const void *a, const void *b)
{
	const struct map_entry *x = a, *y = b;

	return strcmp(x->key, y->key);
}

static int print(const struct ls_options *options, const struct map *projects, struct error *err)
{
	struct format_request request = {options->format, columns, FORMAT_JSON_ARRAY, NULL};
	auto_json json *rows = json_new_array();

	map_each (entry, projects) {
		const struct summary *summary = entry->value;

		if (!filters_fit(project_filters, &options->filters, entry->key) ||
		    (summary->live == 0 && !options->all))
			continue;
		if (options->quiet)
			output_line(entry->key);
		json_add(rows, describe(entry->key, summary));
	}
	return options->quiet ? 0 : format_print(&request, rows, err);
}

static int ls_run(struct invocation *invocation, struct error *err)
{
	static char project_label[] = LABEL_PROJECT;
	static char *labels[] = {project_label, NULL};
	const struct ls_options *options = invocation->options;
	auto_map struct map projects = {0};
	struct container *containers;
	size_t container_count;
	int result;

	if (container_list(invocation->engine, labels, &containers, &container_count,
			   invocation->arena, err) < 0)
		return -1;
	for (size_t i = 0; i < container_count; i++)
		count(&projects, &containers[i]);
	/* The hash part of the map is not used from here on, only its entries. */
	if (projects.count > 0)
		qsort(projects.entries, projects.count, sizeof(*projects.entries), compare_entries);
	result = print(options, &projects, err);
	map_each (entry, &projects)
		free(entry->value);
	return result;
}

const struct command cmd_ls = COMMAND(
	"ls", "", "List running projects", EXAMPLE("-a", "List projects that are stopped, too"),
	.needs = FOR_CONTAINERS | CHANGES_NOTHING, COMMAND_OPTIONS(ls_options, ls_options),
	.check = ls_check, .run = ls_run);
