/* SPDX-License-Identifier: Apache-2.0 */
/* `service`: the table of its verbs; ls, ps, inspect, scale, rollback and rm. */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "cli/command/cmd_stack.h"
#include "cli/invocation.h"
#include "cli/screen/output.h"
#include "cli/service_change.h"
#include "cli/service_pretty.h"
#include "cli/table.h"
#include "compose/stack/service_document.h"
#include "compose/stack/stack_edit.h"
#include "engine/engine.h"

#include <stdio.h>
#include <string.h>

/* ------------------------------------------------------------------ ls, ps */

static int ls_run(struct invocation *invocation, struct error *err)
{
	return cmd_stack_print_services(invocation, NULL, err);
}

static const struct command cmd_service_ls =
	COMMAND("ls", "", "List services",
		EXAMPLE("--filter name=shop", "List the services whose names begin with shop"),
		.needs = FOR_CONTAINERS | CHANGES_NOTHING,
		COMMAND_OPTIONS(services_options, cmd_stack_services_options), .run = ls_run);

/* Those that are there are shown, and then it is said which are not. */
static int ps_run(struct invocation *invocation, struct error *err)
{
	struct stack_service *services =
		arena_array(invocation->arena, invocation->argument_count + 1, sizeof(*services));
	struct error missing = {0};
	size_t count = 0;
	int result = 0;

	for (size_t i = 0; i < invocation->argument_count; i++)
		if (stack_find_service(&services[count], &invocation->engine->layout,
				       invocation->arguments[i], invocation->arena,
				       missing.code ? NULL : &missing) == 0)
			count++;
	if (count)
		result = cmd_stack_print_tasks(invocation, services, count, err);
	stack_release_services(services, count);
	if (result < 0)
		return -1;
	return missing.code ? error_pass(err, &missing) : 0;
}

static const struct command cmd_service_ps = COMMAND(
	"ps", "SERVICE...", "List the tasks of services", EXAMPLE("web", "List the tasks of web"),
	.needs = FOR_CONTAINERS | CHANGES_NOTHING, .least = 1, .most = ANY_NUMBER,
	COMMAND_OPTIONS(tasks_options, cmd_stack_tasks_options), .run = ps_run);

/* ------------------------------------------------------------------ inspect */

json *cmd_stack_describe_service(struct invocation *invocation, const char *name, struct error *err)
{
	struct stack_service service;
	json *document;

	if (stack_find_service(&service, &invocation->engine->layout, name, invocation->arena,
			       err) < 0)
		return NULL;
	document = service_document(&service, invocation->arena, err);
	stack_release(&service.stack);
	return document;
}

static const struct noun service_noun = {.describe = cmd_stack_describe_service};

struct service_inspect_options {
	struct nouns_inspect_options inspect; /* first: nouns_inspect */
	bool pretty;
};

static const struct option_spec inspect_options[] = {
	OPTION(STRING, "format", 'f', service_inspect_options, inspect.format,
	       "Print JSON, or what a template says", .value = "FORMAT", .fallback = "json"),
	OPTION(BOOL, "pretty", 0, service_inspect_options, pretty, "Print for people"),
	{0},
};

static int inspect_check(const void *data, struct error *err)
{
	const struct service_inspect_options *options = data;

	return options->pretty && options->inspect.format
		       ? error_set(err, ERROR_INVALID, "--format is incompatible with --pretty")
		       : 0;
}

static int inspect_run(struct invocation *invocation, struct error *err)
{
	const struct service_inspect_options *options = invocation->options;

	if (!options->pretty)
		return nouns_inspect(invocation, err);
	for (size_t i = 0; i < invocation->argument_count; i++) {
		auto_json json *document =
			cmd_stack_describe_service(invocation, invocation->arguments[i], err);
		auto_strbuf struct strbuf text = {0};

		if (!document)
			return -1;
		service_pretty(&text, document);
		output_text(strbuf_text(&text), text.length);
	}
	return 0;
}

static const struct command cmd_service_inspect =
	COMMAND("inspect", "SERVICE...", "Show all that is known of services, as JSON",
		EXAMPLE("--pretty web", "Show the service web for people to read"),
		.needs = FOR_OBJECTS | CHANGES_NOTHING, .least = 1, .most = ANY_NUMBER,
		COMMAND_OPTIONS(service_inspect_options, inspect_options), .check = inspect_check,
		.run = inspect_run, .data = &service_noun);

/* ------------------------------------------------------------------ scale */

struct scale_options {
	bool detach;
};

static const struct option_spec scale_options[] = {SERVICE_DETACH(scale_options, detach), {0}};

static int scale_service(struct service_change *change, const char *number, struct error *err)
{
	const struct stack_edit edit = {STACK_SET_NUMBER, "deploy.replicas", number};
	const json *deploy =
		json_path(stack_services(&change->stack), change->service, "deploy", NULL);
	auto_json json *model = stack_model_copy(&change->stack);

	if (strcmp(json_string(deploy, "mode", "replicated"), "replicated") != 0)
		return error_set(err, ERROR_INVALID,
				 "scale can only be used with replicated or replicated-job mode");
	if (stack_edit_service(model, change->service, &edit, 1, err) < 0)
		return -1;
	return service_change_run(change, model, err);
}

static int scale_one(struct invocation *invocation, const char *argument, struct error *err)
{
	const struct scale_options *options = invocation->options;
	auto_service_change struct service_change change = {0};
	const char *equals = strchr(argument, '=');
	const char *name;
	int64_t number;

	if (!equals || equals == argument || !equals[1])
		return error_set(err, ERROR_INVALID,
				 "invalid scale specifier '%s': write SERVICE=NUMBER", argument);
	name = arena_string_n(invocation->arena, argument, (size_t)(equals - argument));
	if (units_parse_int(&number, equals + 1, 0, INT32_MAX, err) < 0)
		return error_wrap(err, "%s: invalid replicas value %s", name, equals + 1);
	if (service_change_begin(&change, invocation, name, err) < 0)
		return error_wrap(err, "%s", name);
	change.detach = options->detach;
	change.say = arena_format(invocation->arena, "%s scaled to %s", name, equals + 1);
	if (scale_service(&change, equals + 1, err) < 0)
		return error_wrap(err, "%s", name);
	return 0;
}

static const struct command cmd_service_scale =
	COMMAND("scale", "SERVICE=REPLICAS...", "Set how many tasks services have",
		EXAMPLE("web=3", "Have three tasks of web"), .needs = FOR_CONTAINERS,
		COMMAND_OPTIONS(scale_options, scale_options),
		.goes_on = "'coracle service scale' goes on", COMMAND_EACH(scale_one));

/* ------------------------------------------------------------------ rollback */

struct rollback_options {
	bool detach, quiet;
};

static const struct option_spec rollback_options[] = {
	SERVICE_DETACH(rollback_options, detach),
	OPTION(BOOL, "quiet", 'q', rollback_options, quiet, "Show no progress"),
	{0},
};

static int rollback_run(struct invocation *invocation, struct error *err)
{
	const struct rollback_options *options = invocation->options;
	auto_service_change struct service_change change = {0};

	if (service_change_begin(&change, invocation, invocation->arguments[0], err) < 0)
		return -1;
	change.detach = options->detach;
	change.quiet = options->quiet;
	change.say = invocation->arguments[0];
	return service_change_roll_back(&change, err);
}

static const struct command cmd_service_rollback =
	COMMAND("rollback", "SERVICE", "Take the last change of a service back",
		EXAMPLE("web", "Run web as it was before the last update"), .needs = FOR_CONTAINERS,
		.least = 1, .most = 1, COMMAND_OPTIONS(rollback_options, rollback_options),
		.goes_on = "'coracle service update' goes on", .run = rollback_run);

/* ------------------------------------------------------------------ rm */

static int rm_one(struct invocation *invocation, const char *name, struct error *err)
{
	auto_service_change struct service_change change = {0};

	if (service_change_begin(&change, invocation, name, err) < 0)
		return -1;
	change.apply.progress = NULL;
	if (stack_remove_service(&change.change, change.service, err) < 0)
		return -1;
	output_line(name);
	return 0;
}

static const struct command cmd_service_rm = COMMAND(
	"rm", "SERVICE...", "Remove services",
	EXAMPLE("web", "Stop the tasks of web and remove the service"), .needs = FOR_CONTAINERS,
	.goes_on = "'coracle service rm' goes on", COMMAND_EACH(rm_one));

static const struct command_entry verbs[] = {
	{"create", &cmd_service_create},
	{"inspect", &cmd_service_inspect},
	{"list", &cmd_service_ls},
	{"logs", &cmd_service_logs},
	{"ls", &cmd_service_ls},
	{"ps", &cmd_service_ps},
	{"remove", &cmd_service_rm},
	{"rm", &cmd_service_rm},
	{"rollback", &cmd_service_rollback},
	{"scale", &cmd_service_scale},
	{"update", &cmd_service_update},
	{0},
};

const struct command cmd_service =
	COMMAND("service", "COMMAND", "Manage services of stacks",
		EXAMPLE("ls", "List services and how many of their tasks run"),
		.needs = CHANGES_NOTHING, .verbs = verbs);
