/* SPDX-License-Identifier: Apache-2.0 */
/* `stats` of services and of containers: what they use, again and again. */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/map.h"
#include "base/units.h"
#include "cli/invocation.h"
#include "cli/screen/output.h"
#include "cli/table.h"
#include "describe/objects.h"
#include "engine/container_usage.h"

#include <time.h>

/* Between two looks: a rate needs two. */
#define FIRST_SPAN_NS (500 * MILLISECOND)
#define SPAN_NS	      SECOND

struct stats_options {
	bool all, no_stream, no_trunc;
	const char *format;
};

static const struct option_spec stats_options[] = {
	OPTION(BOOL, "all", 'a', stats_options, all, "Include containers that are stopped"),
	OPTION(STRING, "format", 0, stats_options, format,
	       "Print a table, JSON, or what a template says", .value = "FORMAT",
	       .fallback = "table"),
	OPTION(BOOL, "no-stream", 0, stats_options, no_stream, "Print once and end"),
	OPTION(BOOL, "no-trunc", 0, stats_options, no_trunc, "Do not cut ids"),
	{0},
};

static const struct format_column columns[] = {
	{"ID", "CONTAINER ID", false},	  {"Name", "NAME", false},
	{"CPUPerc", "CPU %", false},	  {"MemUsage", "MEM USAGE / LIMIT", false},
	{"MemPerc", "MEM %", false},	  {"NetIO", "NET I/O", false},
	{"BlockIO", "BLOCK I/O", false},  {"PIDs", "PIDS", false},
	{"Container", "CONTAINER", true}, {0},
};

/* Which containers a command is about; looked up anew each time. */
typedef int list_containers(struct invocation *invocation, struct container_list *list,
			    struct error *err);

/* The containers at one moment, and what they had used; with memory of its own, since this goes on
 * for hours. */
struct look {
	struct arena arena;
	struct container_list list;
	struct container_usage *usages; /* beside the list */
	struct map by_id;		/* id → its usage */
};

static int list_of_project(struct invocation *invocation, struct container_list *list,
			   struct error *err)
{
	return invocation_list(invocation, invocation->arguments, false, list, err);
}

static int list_named(struct invocation *invocation, struct container_list *list, struct error *err)
{
	list->count = 0;
	list->items = arena_array(invocation->arena, invocation->argument_count + 1,
				  sizeof(*list->items));
	for (size_t i = 0; i < invocation->argument_count; i++, list->count++)
		if (container_find_healed(invocation->engine, invocation->arguments[i],
					  &list->items[i], invocation->arena, err) < 0)
			return -1;
	return 0;
}

static int list_of_host(struct invocation *invocation, struct container_list *list,
			struct error *err)
{
	if (invocation->argument_count)
		return list_named(invocation, list, err);
	return container_list(invocation->engine, NULL, &list->items, &list->count,
			      invocation->arena, err);
}

/* --- looking ---------------------------------------------------------------------------------- */

static void forget(struct look *look)
{
	map_release(&look->by_id);
	arena_release(&look->arena);
	*look = (struct look){0};
}

static int take_look(struct look *look, const struct invocation *invocation, struct error *err)
{
	list_containers *const *list = invocation->command->data;
	struct invocation own = *invocation;

	own.arena = &look->arena;
	if ((*list)(&own, &look->list, err) < 0)
		return -1;
	look->usages = arena_array(&look->arena, look->list.count + 1, sizeof(*look->usages));
	for (size_t i = 0; i < look->list.count; i++) {
		const struct container *container = &look->list.items[i];

		container_usage_read(container, &look->usages[i], &look->arena);
		map_set(&look->by_id, container->id, &look->usages[i]);
	}
	return 0;
}

static int show(const struct invocation *invocation, const struct look *before,
		const struct look *now, struct error *err)
{
	static const struct container_usage nothing;
	const struct stats_options *options = invocation->options;
	const struct format_request request = {
		.format = options->format,
		.columns = columns,
		.json = FORMAT_JSON_LINES,
		.setting = "statsFormat",
	};
	bool shows_all = options->all || (invocation->argument_count && !invocation->project_name);
	auto_json json *rows = json_new_array();

	for (size_t i = 0; i < now->list.count; i++) {
		const struct container *container = &now->list.items[i];
		const struct container_usage *first = map_get(&before->by_id, container->id);

		if (shows_all || container_is_live(container))
			json_add(rows, describe_usage_row(container, first ? first : &nothing,
							  &now->usages[i], options->no_trunc));
	}
	return format_print(&request, rows, err);
}

static void wait_for(int64_t span_ns)
{
	struct timespec span = {span_ns / SECOND, span_ns % SECOND};

	nanosleep(&span, NULL);
}

static int go_on(const struct invocation *invocation, struct look *before, struct look *now,
		 struct error *err)
{
	const struct stats_options *options = invocation->options;
	int64_t span_ns = FIRST_SPAN_NS;

	if (take_look(before, invocation, err) < 0)
		return -1;
	for (;;) {
		wait_for(span_ns);
		if (take_look(now, invocation, err) < 0)
			return -1;
		if (!options->no_stream)
			output_frame_begin();
		if (show(invocation, before, now, err) < 0)
			return -1;
		output_frame_end();
		if (options->no_stream)
			return 0;
		if (output_finish(err) < 0)
			return -1;
		forget(before);
		*before = *now;
		*now = (struct look){0};
		span_ns = SPAN_NS;
	}
}

static int stats_run(struct invocation *invocation, struct error *err)
{
	const struct stats_options *options = invocation->options;
	struct look before = {0}, now = {0};
	int result;

	if (format_check(options->format, err) < 0)
		return -1;
	result = go_on(invocation, &before, &now, err);
	forget(&before);
	forget(&now);
	return result;
}

static list_containers *const of_project = list_of_project, *const of_host = list_of_host;

const struct command cmd_stats = COMMAND(
	"stats", "[SERVICE...]", "Show how much CPU, memory and I/O services use",
	EXAMPLE("--no-stream web", "Show once what web uses"),
	.needs = FOR_SERVICES | SERVICE_ARGUMENTS | CHANGES_NOTHING, .most = ANY_NUMBER,
	COMMAND_OPTIONS(stats_options, stats_options), .run = stats_run, .data = &of_project);

const struct command cmd_container_stats =
	COMMAND("stats", "[CONTAINER...]", "Show how much CPU, memory and I/O containers use",
		EXAMPLE("--no-stream", "Show once what all running containers use"),
		.needs = FOR_CONTAINERS | CHANGES_NOTHING, .most = ANY_NUMBER,
		COMMAND_OPTIONS(stats_options, stats_options), .run = stats_run, .data = &of_host);
