/* SPDX-License-Identifier: Apache-2.0 */
/* `service logs`: of all tasks of a service, or of one task. */
#include "base/arena.h"
#include "base/error.h"
#include "base/units.h"
#include "cli/command/cmd_stack.h"
#include "cli/invocation.h"
#include "cli/log_show.h"
#include "compose/stack/stack.h"
#include "describe/log_details.h"
#include "engine/engine.h"
#include "engine/labels.h"
#include "engine/log_follow.h"

#include <string.h>

struct logs_options {
	bool follow, details, raw, no_trunc, no_resolve, no_task_ids, timestamps;
	const char *since, *tail;
};

static const struct option_spec logs_options[] = {
	OPTION(BOOL, "details", 0, logs_options, details,
	       "Show labels and variables that the log options name, before each line"),
	OPTION(BOOL, "follow", 'f', logs_options, follow, "Go on with what is printed later"),
	OPTION(BOOL, "no-resolve", 0, logs_options, no_resolve, "Prefixes are names in any case",
	       .is_hidden = true),
	OPTION(BOOL, "no-task-ids", 0, logs_options, no_task_ids,
	       "Prefixes are without ids in any case", .is_hidden = true),
	OPTION(BOOL, "no-trunc", 0, logs_options, no_trunc, "Prefixes are not cut in any case",
	       .is_hidden = true),
	OPTION(BOOL, "raw", 0, logs_options, raw, "Show no prefixes"),
	OPTION(STRING, "since", 0, logs_options, since,
	       "Begin at this time: 2026-01-02T03:04:05Z or 10m", .value = "TIME"),
	OPTION(STRING, "tail", 'n', logs_options, tail,
	       "Begin with so many last lines of each task", .value = "N", .fallback = "all"),
	OPTION(BOOL, "timestamps", 't', logs_options, timestamps, "Show the time of each line"),
	{0},
};

struct logs {
	struct invocation *invocation;
	const char *service;
	const char *task; /* the beginning of a container's id; NULL: of all */
};

static int add_containers(struct log_view *view, void *data, struct error *err)
{
	const struct logs *logs = data;
	char *services[] = {(char *)logs->service, NULL};
	struct container_list list;

	if (invocation_list(logs->invocation, services, false, &list, err) < 0)
		return -1;
	for (size_t i = 0; i < list.count; i++) {
		if (logs->task && strncmp(list.items[i].id, logs->task, strlen(logs->task)) != 0)
			continue;
		if (log_view_add(view, &list.items[i], LOG_VIEW_BOTH, err) < 0)
			return -1;
	}
	return 0;
}

static int show_logs(struct log_show *show, struct logs *logs, bool follow, struct error *err)
{
	const struct log_follower follower = {
		.look = add_containers, .holds_created = true, .data = logs};

	if (add_containers(log_show_view(show), logs, err) < 0)
		return -1;
	return log_show_run(show, follow ? &follower : NULL, err);
}

/* A task is asked for by its id. */
static int find_task(struct logs *logs, const char *text, struct error *err)
{
	struct container container;

	if (strspn(text, "0123456789abcdef") != strlen(text) || strlen(text) > 25 ||
	    container_find(logs->invocation->engine, text, &container, logs->invocation->arena,
			   NULL) < 0 ||
	    !container_label(&container, LABEL_SWARM_SERVICE))
		return error_set(err, ERROR_NOT_FOUND, "no such task or service: %s", text);
	logs->invocation->project_name = labels_project(&container);
	logs->service = labels_service(&container);
	logs->task = container.id;
	return 0;
}

static int find(struct logs *logs, const char *text, struct error *err)
{
	struct invocation *invocation = logs->invocation;
	struct stack_service service;
	struct error reason = {0};

	if (stack_find_service(&service, &invocation->engine->layout, text, invocation->arena,
			       &reason) < 0)
		return reason.code == ERROR_NOT_FOUND ? find_task(logs, text, err)
						      : error_pass(err, &reason);
	invocation->project_name = arena_string(invocation->arena, service.stack.name);
	logs->service = arena_string(invocation->arena, service.name);
	stack_release(&service.stack);
	return 0;
}

/* Tasks of a service are configured alike. */
static int set_details(struct log_show_options *options, const struct logs *logs, struct error *err)
{
	char *services[] = {(char *)logs->service, NULL};
	struct container_list list;

	if (invocation_list(logs->invocation, services, false, &list, err) < 0)
		return -1;
	if (list.count > 0)
		options->details = log_details(&list.items[0], logs->invocation->arena);
	return 0;
}

static int logs_run(struct invocation *invocation, struct error *err)
{
	const struct logs_options *options = invocation->options;
	struct logs logs = {.invocation = invocation};
	struct log_show_options show_options = {
		.bounds.exits_since = units_now(),
		.no_prefix = options->raw,
		.timestamps = options->timestamps,
	};
	struct log_show *show;
	int result;

	if (find(&logs, invocation->arguments[0], err) < 0 ||
	    log_show_parse_bounds(&show_options.bounds, options->since, NULL, options->tail, err) <
		    0)
		return -1;
	if (options->details && set_details(&show_options, &logs, err) < 0)
		return -1;
	show = log_show_new(invocation, &show_options);
	result = show_logs(show, &logs, options->follow, err);
	log_show_free(show);
	return result;
}

const struct command cmd_service_logs =
	COMMAND("logs", "SERVICE|TASK", "Show the output of a service or a task",
		EXAMPLE("-f --tail 20 web",
			"Show the last 20 lines of each task of web and whatever follows"),
		.needs = FOR_CONTAINERS | CHANGES_NOTHING, .least = 1, .most = 1,
		COMMAND_OPTIONS(logs_options, logs_options), .run = logs_run);
