/* SPDX-License-Identifier: Apache-2.0 */
/* `stack`: the table of its verbs; ls, services, ps and rm. */
#include "cli/command/cmd_stack.h"
#include "base/error.h"
#include "base/log.h"
#include "base/strvec.h"
#include "cli/invocation.h"
#include "cli/screen/output.h"
#include "cli/service_change.h"
#include "cli/table.h"
#include "compose/stack/stack_deploy.h"
#include "engine/engine.h"
#include "engine/labels.h"
#include "storage/secret/secret_store.h"

#include <stdio.h>
#include <string.h>

/* ------------------------------------------------------------------ ls */

static const struct option_spec ls_options[] = {NOUNS_FORMAT, {0}};

static const struct format_column columns[] = {
	{"Name", "NAME", false},
	{"Services", "SERVICES", false},
	{0},
};

/* One that cannot be read hides no other. */
static void add_row(struct invocation *invocation, const char *name, json *rows)
{
	auto_stack struct stack stack = {0};
	struct error reason = {0};
	char count[16];
	json *row;
	int services;

	if (stack_load(&stack, &invocation->engine->layout, name, &reason) < 0) {
		if (reason.code != ERROR_NOT_FOUND)
			log_warning_once("%s", reason.text);
		return;
	}
	services = json_object_object_length(stack_services(&stack));
	if (services == 0 || stack_is_service(&stack))
		return;
	row = json_new_object();
	json_set_string(row, "Name", name);
	snprintf(count, sizeof(count), "%d", services);
	json_set_string(row, "Services", count);
	json_add(rows, row);
}

static int ls_run(struct invocation *invocation, struct error *err)
{
	const struct nouns_ls_options *options = invocation->options;
	struct format_request request = {options->format, columns, FORMAT_JSON_LINES,
					 "stacksFormat"};
	auto_strvec struct strvec names = {0};
	auto_json json *rows = json_new_array();

	if (format_check(options->format, err) < 0 ||
	    stack_list(&invocation->engine->layout, &names, err) < 0)
		return -1;
	strvec_each (name, &names)
		add_row(invocation, *name, rows);
	return format_print(&request, rows, err);
}

static const struct command cmd_stack_ls =
	COMMAND("ls", "", "List stacks",
		EXAMPLE("--format json", "Print the list as JSON, for other programs"),
		.needs = FOR_OBJECTS | CHANGES_NOTHING,
		COMMAND_OPTIONS(nouns_ls_options, ls_options), .run = ls_run);

/* ------------------------------------------------------------------ services, ps */

static int services_run(struct invocation *invocation, struct error *err)
{
	if (stack_deploy_check_name(invocation->arguments[0], err) < 0)
		return -1;
	return cmd_stack_print_services(invocation, invocation->arguments[0], err);
}

static const struct command cmd_stack_services =
	COMMAND("services", "STACK", "List the services of a stack",
		EXAMPLE("shop", "List the services of shop"),
		.needs = FOR_CONTAINERS | CHANGES_NOTHING, .least = 1, .most = 1,
		COMMAND_OPTIONS(services_options, cmd_stack_services_options), .run = services_run);

static int ps_run(struct invocation *invocation, struct error *err)
{
	const char *name = invocation->arguments[0];
	struct stack_service *services;
	size_t count;
	int result;

	if (stack_deploy_check_name(name, err) < 0 ||
	    stack_list_services(&services, &count, &invocation->engine->layout, name,
				invocation->arena, err) < 0)
		return -1;
	if (count == 0)
		return error_set(err, ERROR_NOT_FOUND, "nothing found in stack: %s", name);
	result = cmd_stack_print_tasks(invocation, services, count, err);
	stack_release_services(services, count);
	return result;
}

static const struct command cmd_stack_ps =
	COMMAND("ps", "STACK", "List the tasks of a stack",
		EXAMPLE("shop", "List the tasks of all services of shop"),
		.needs = FOR_CONTAINERS | CHANGES_NOTHING, .least = 1, .most = 1,
		COMMAND_OPTIONS(tasks_options, cmd_stack_tasks_options), .run = ps_run);

/* ------------------------------------------------------------------ rm */

struct rm_options {
	int detach;
};

static const struct option_spec rm_options[] = {
	OPTION(TRISTATE, "detach", 'd', rm_options, detach,
	       "Accepted; it is removed when the command ends", .is_hidden = true),
	{0},
};

static void say_services(const struct service_change *change)
{
	json_each (name, service, stack_services(&change->stack)) {
		(void)service;
		output_printf("Removing service %s\n",
			      stack_full_name(&change->stack, name, change->invocation->arena));
	}
}

static int say_stored(const struct service_change *change, enum secret_kind kind, struct error *err)
{
	struct secret_object *objects;
	size_t count;

	if (secret_store_list(&change->invocation->engine->layout, kind, &objects, &count,
			      change->invocation->arena, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		const char *stack =
			pair_find(objects[i].labels, objects[i].label_count, LABEL_STACK);

		if (stack && strcmp(stack, change->stack.name) == 0)
			output_printf("Removing %s %s\n", secret_store_kind(kind), objects[i].name);
	}
	return 0;
}

static void say_network(const struct apply_event *event, void *data)
{
	(void)data;
	if (strncmp(event->object, "Network ", 8) == 0 && event->kind == APPLY_WORKING)
		output_printf("Removing network %s\n", event->object + 8);
}

static int rm_one(struct invocation *invocation, const char *name, struct error *err)
{
	auto_service_change struct service_change change = {0};
	struct error reason = {0};

	if (stack_deploy_check_name(name, err) < 0)
		return -1;
	if (service_change_begin_stack(&change, invocation, name, &reason) < 0) {
		if (reason.code != ERROR_NOT_FOUND)
			return error_pass(err, &reason);
		fprintf(stderr, "Nothing found in stack: %s\n", name);
		return 0;
	}
	say_services(&change);
	if (say_stored(&change, SECRET_STORE_SECRET, err) < 0 ||
	    say_stored(&change, SECRET_STORE_CONFIG, err) < 0)
		return -1;
	output_finish(NULL);
	change.apply.progress = say_network;
	return stack_remove(&change.change, err);
}

static const struct command cmd_stack_rm = COMMAND(
	"rm", "STACK...", "Remove stacks with their services, networks, secrets and configs",
	EXAMPLE("shop", "Remove the stack shop"), .needs = FOR_CONTAINERS,
	COMMAND_OPTIONS(rm_options, rm_options), .goes_on = "'coracle stack rm' goes on",
	COMMAND_EACH(rm_one));

static const struct command_entry verbs[] = {
	{"config", &cmd_stack_config},
	{"deploy", &cmd_stack_deploy},
	{"down", &cmd_stack_rm},
	{"list", &cmd_stack_ls},
	{"ls", &cmd_stack_ls},
	{"ps", &cmd_stack_ps},
	{"remove", &cmd_stack_rm},
	{"rm", &cmd_stack_rm},
	{"services", &cmd_stack_services},
	{"up", &cmd_stack_deploy},
	{0},
};

const struct command cmd_stack =
	COMMAND("stack", "COMMAND", "Manage stacks",
		EXAMPLE("deploy -c compose.yaml shop", "Deploy the compose file as the stack shop"),
		.needs = CHANGES_NOTHING, .verbs = verbs);
