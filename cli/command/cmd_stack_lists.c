/* SPDX-License-Identifier: Apache-2.0 */
/* Services and tasks as tables: what `service ls|ps` and `stack services|ps` share. */
#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "cli/command/cmd_stack.h"
#include "cli/invocation.h"
#include "cli/screen/output.h"
#include "compose/stack/service_document.h"
#include "compose/stack/stack_tasks.h"
#include "describe/filters.h"
#include "engine/engine.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ------------------------------------------------------------------ services */

const struct option_spec cmd_stack_services_options[] = {
	NOUNS_FILTER("Show only what fits: id=ID, label=NAME[=VALUE], mode=replicated|global, "
		     "name=NAME"),
	NOUNS_FORMAT,
	NOUNS_QUIET("Print ids only"),
	{0},
};

static const struct format_column service_columns[] = {
	{"ID", "ID", false},
	{"Name", "NAME", false},
	{"Mode", "MODE", false},
	{"Replicas", "REPLICAS", false},
	{"Image", "IMAGE", false},
	{"Ports", "PORTS", false},
	{0},
};

static bool begins(const char *text, const char *value)
{
	return strncmp(text, value, strlen(value)) == 0;
}

static bool service_has_id(const void *subject, const char *value)
{
	return begins(((const struct stack_service *)subject)->id, value);
}

static bool service_has_name(const void *subject, const char *value)
{
	return begins(((const struct stack_service *)subject)->full_name, value);
}

static bool service_has_mode(const void *subject, const char *value)
{
	return strcmp(service_document_mode(subject), value) == 0;
}

static bool service_has_label(const void *subject, const char *value)
{
	auto_json json *labels = service_document_labels(subject);

	json_each (name, label, labels) {
		size_t length = strlen(name);

		if (strncmp(name, value, length) != 0)
			continue;
		if (!value[length] || (value[length] == '=' && strcmp(json_object_get_string(label),
								      value + length + 1) == 0))
			return true;
	}
	return false;
}

static const struct filter service_filters[] = {
	{"id", service_has_id, .is_any = true},
	{"label", service_has_label, .is_any = false},
	{"mode", service_has_mode, .is_any = true},
	{"name", service_has_name, .is_any = true},
	{0},
};

static size_t keep_fitting(const struct nouns_ls_options *options, struct stack_service *services,
			   size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		struct stack_service service = services[i];

		if (!filters_fit(service_filters, &options->filters, &service))
			continue;
		services[i] = services[kept];
		services[kept++] = service;
	}
	return kept;
}

static int print_services(struct invocation *invocation, const struct stack_service *services,
			  size_t count, struct error *err)
{
	const struct nouns_ls_options *options = invocation->options;
	struct format_request request = {options->format, service_columns, FORMAT_JSON_LINES,
					 "servicesFormat"};
	auto_json json *rows = json_new_array();
	struct service_status *statuses =
		arena_array(invocation->arena, count + 1, sizeof(*statuses));

	if (service_document_count(statuses, services, count, invocation->engine, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (options->quiet)
			output_line(services[i].id);
		else
			json_add(rows, service_document_row(&services[i], &statuses[i]));
	return options->quiet ? 0 : format_print(&request, rows, err);
}

int cmd_stack_print_services(struct invocation *invocation, const char *stack, struct error *err)
{
	const struct nouns_ls_options *options = invocation->options;
	struct stack_service *services;
	size_t count;
	int result;

	if (format_check(options->format, err) < 0 ||
	    filters_check(service_filters, &options->filters, err) < 0 ||
	    stack_list_services(&services, &count, &invocation->engine->layout, stack,
				invocation->arena, err) < 0)
		return -1;
	if (stack && count == 0) {
		fprintf(stderr, "Nothing found in stack: %s\n", stack);
		return 0;
	}
	result = print_services(invocation, services, keep_fitting(options, services, count), err);
	stack_release_services(services, count);
	return result;
}

/* ------------------------------------------------------------------ tasks */

const struct option_spec cmd_stack_tasks_options[] = {
	NOUNS_FILTER(
		"Show only what fits: desired-state=running|shutdown, id=ID, name=NAME, node=NODE"),
	NOUNS_FORMAT,
	OPTION(BOOL, "no-resolve", 0, tasks_options, no_resolve,
	       "Show ids of services instead of their names"),
	OPTION(BOOL, "no-trunc", 0, tasks_options, no_trunc, "Do not cut long texts"),
	NOUNS_QUIET("Print ids of tasks only"),
	{0},
};

static const struct format_column task_columns[] = {
	{"ID", "ID", false},
	{"Name", "NAME", false},
	{"Image", "IMAGE", false},
	{"Node", "NODE", false},
	{"DesiredState", "DESIRED STATE", false},
	{"CurrentState", "CURRENT STATE", false},
	{"Error", "ERROR", false},
	{"Ports", "PORTS", false},
	{0},
};

static bool task_has_id(const void *subject, const char *value)
{
	return begins(((const struct stack_task *)subject)->id, value);
}

static bool task_has_name(const void *subject, const char *value)
{
	const struct stack_task *task = subject;
	char name[320];

	snprintf(name, sizeof(name), "%s.%d", task->service, task->slot);
	return begins(name, value);
}

static bool task_has_node(const void *subject, const char *value)
{
	char node[256] = "";

	(void)subject;
	gethostname(node, sizeof(node) - 1);
	return strcmp(value, node) == 0 || strcmp(value, "self") == 0;
}

static bool task_is_wanted(const void *subject, const char *value)
{
	bool wanted = ((const struct stack_task *)subject)->is_wanted;

	return strcmp(value, wanted ? "running" : "shutdown") == 0;
}

static const struct filter task_filters[] = {
	{"desired-state", task_is_wanted, .is_any = true},
	{"id", task_has_id, .is_any = true},
	{"name", task_has_name, .is_any = true},
	{"node", task_has_node, .is_any = true},
	{0},
};

/* In a table, earlier tasks of a slot stand indented below the newest. */
static void indent(json *row, const char *format)
{
	char text[340];

	if (format && strncmp(format, "table", 5) != 0)
		return;
	snprintf(text, sizeof(text), " \\_ %s", json_string(row, "Name", ""));
	json_set_string(row, "Name", text);
}

static void add_tasks(json *rows, const struct tasks_options *options,
		      const struct stack_task *tasks, size_t count)
{
	int slot = -1;

	for (size_t i = 0; i < count; i++) {
		struct stack_task task = tasks[i];
		json *row;

		if (!filters_fit(task_filters, &options->ls.filters, &task))
			continue;
		if (options->ls.quiet) {
			output_line(task.id);
			continue;
		}
		if (options->no_resolve)
			task.service = task.service_id;
		row = service_document_task_row(&task, options->no_trunc);
		if (task.slot == slot)
			indent(row, options->ls.format);
		slot = task.slot;
		json_add(rows, row);
	}
}

int cmd_stack_print_tasks(struct invocation *invocation, const struct stack_service *services,
			  size_t count, struct error *err)
{
	const struct tasks_options *options = invocation->options;
	struct format_request request = {options->ls.format, task_columns, FORMAT_JSON_LINES,
					 "tasksFormat"};
	auto_json json *rows = json_new_array();

	if (format_check(options->ls.format, err) < 0 ||
	    filters_check(task_filters, &options->ls.filters, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		struct stack_task *tasks;
		size_t task_count;

		if (stack_tasks_list(&tasks, &task_count, &services[i], invocation->engine,
				     invocation->arena, err) < 0)
			return -1;
		add_tasks(rows, options, tasks, task_count);
	}
	return options->ls.quiet ? 0 : format_print(&request, rows, err);
}
