/* SPDX-License-Identifier: Apache-2.0 */
/* `stack deploy` and `stack config`: what has compose files. */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "cli/command/cmd_stack.h"
#include "cli/invocation.h"
#include "cli/screen/output.h"
#include "cli/service_change.h"
#include "compose/model/project.h"
#include "compose/stack/stack_deploy.h"
#include "engine/engine.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct deploy_options {
	struct strvec files;
	bool prune, with_registry_auth, quiet;
	int detach;
	const char *resolve_image;
};

static const struct option_spec deploy_options[] = {
	OPTION(LIST, "compose-file", 'c', deploy_options, files,
	       "Read this compose file, or - for standard input", .value = "FILE"),
	OPTION(TRISTATE, "detach", 'd', deploy_options, detach,
	       "End at once instead of waiting until tasks run"),
	OPTION(BOOL, "prune", 0, deploy_options, prune, "Remove services that the files lack"),
	OPTION(BOOL, "quiet", 'q', deploy_options, quiet, "Show no progress"),
	OPTION(STRING, "resolve-image", 0, deploy_options, resolve_image,
	       "When to ask the registry for images", .value = "WHEN",
	       .words = "always changed never", .fallback = "always"),
	OPTION(BOOL, "with-registry-auth", 0, deploy_options, with_registry_auth,
	       "What `login` knows is used in any case", .is_hidden = true),
	{0},
};

static int deploy_check(const void *data, struct error *err)
{
	const struct deploy_options *options = data;
	const char *when = options->resolve_image ? options->resolve_image : "always";

	if (!options->files.count)
		return error_set(err, ERROR_INVALID,
				 "specify a Compose file (with --compose-file)");
	if (strcmp(when, "always") != 0 && strcmp(when, "changed") != 0 &&
	    strcmp(when, "never") != 0)
		return error_set(err, ERROR_INVALID, "invalid option %s for flag --resolve-image",
				 when);
	return 0;
}

/* ------------------------------------------------------------------ lines on standard output */

struct deployment {
	struct service_change base;
	struct strvec services; /* of the files */
	bool said_services;
};

static void say_services(struct deployment *deployment)
{
	struct service_change *base = &deployment->base;
	struct arena *arena = base->invocation->arena;

	if (deployment->said_services)
		return;
	deployment->said_services = true;
	strvec_each (service, &deployment->services) {
		const char *name = stack_full_name(&base->stack, *service, arena);

		if (strvec_contains(&base->change.created, *service))
			output_printf("Creating service %s\n", name);
		else
			output_printf("Updating service %s (id: %s)\n", name,
				      json_string(stack_record(&base->stack, *service), "id", ""));
	}
	output_finish(NULL);
}

static void note_event(const struct apply_event *event, void *data)
{
	static const char *const kinds[] = {"Network", "Secret", "Config"};
	struct deployment *deployment = data;
	const char *blank = strchr(event->object, ' ');
	size_t length = blank ? (size_t)(blank - event->object) : 0;

	for (size_t i = 0; i < array_length(kinds); i++)
		if (length == strlen(kinds[i]) && strncmp(event->object, kinds[i], length) == 0) {
			if (strcmp(event->action, "Creating") == 0)
				output_printf("Creating %c%.*s %s\n", kinds[i][0] | 0x20,
					      (int)length - 1, kinds[i] + 1, blank + 1);
			return;
		}
	if (strncmp(event->object, "Container ", 10) == 0)
		say_services(deployment);
	else if (strncmp(event->object, "Volume ", 7) != 0)
		progress_event(event, deployment->base.invocation->progress);
}

static bool has_begun(const struct stack_change *change, void *data)
{
	struct deployment *deployment = data;

	(void)change;
	if (!deployment->base.detach)
		return true;
	if (!deployment->base.quiet)
		say_services(deployment);
	return service_change_detach(&deployment->base);
}

/* ------------------------------------------------------------------ deploy */

static int begin(struct deployment *deployment, struct invocation *invocation, struct error *err)
{
	const char *name = invocation->arguments[0];
	struct error reason = {0};

	if (stack_deploy_check_name(name, err) < 0)
		return -1;
	if (service_change_begin_stack(&deployment->base, invocation, name, &reason) == 0)
		return stack_is_service(&deployment->base.stack)
			       ? error_set(err, ERROR_CONFLICT,
					   "%s is the name of a service that stands alone", name)
			       : 0;
	if (reason.code != ERROR_NOT_FOUND)
		return error_pass(err, &reason);
	stack_init(&deployment->base.stack, name, false);
	return 0;
}

static int deploy(struct deployment *deployment, struct error *err)
{
	struct invocation *invocation = deployment->base.invocation;
	const struct deploy_options *options = invocation->options;
	struct stack_change *change = &deployment->base.change;
	const struct stack_deploy request = {
		.files = options->files.items,
		.environment = environ,
		.prune = options->prune,
		.services = &deployment->services,
	};
	auto_json json *model = NULL;

	deployment->base.detach = options->detach == 1;
	deployment->base.quiet = options->quiet;
	deployment->base.apply.progress = options->quiet ? NULL : note_event;
	deployment->base.apply.data = deployment;
	change->begun = has_begun;
	change->data = deployment;
	if (stack_deploy_model(&model, change, &request, err) < 0 ||
	    stack_change(change, model, err) < 0)
		return -1;
	if (!options->quiet)
		say_services(deployment);
	return 0;
}

static int deploy_run(struct invocation *invocation, struct error *err)
{
	struct deployment deployment = {0};
	int result = begin(&deployment, invocation, err);

	if (result == 0)
		result = deploy(&deployment, err);
	strvec_release(&deployment.services);
	service_change_end(&deployment.base);
	return result;
}

const struct command cmd_stack_deploy = COMMAND(
	"deploy", "STACK", "Deploy a stack, or what has changed of it",
	EXAMPLE("-c compose.yaml shop", "Deploy the compose file as the stack shop"),
	.needs = FOR_CONTAINERS, .least = 1, .most = 1,
	COMMAND_OPTIONS(deploy_options, deploy_options), .check = deploy_check,
	.goes_on = "'coracle stack deploy' goes on, 'coracle stack rm' removes what is there",
	.run = deploy_run);

/* ------------------------------------------------------------------ config */

struct config_options {
	struct strvec files;
	bool skip_interpolation;
};

static const struct option_spec config_options[] = {
	OPTION(LIST, "compose-file", 'c', config_options, files,
	       "Read this compose file, or - for standard input", .value = "FILE"),
	OPTION(BOOL, "skip-interpolation", 0, config_options, skip_interpolation,
	       "Leave variables as they are"),
	{0},
};

static int config_run(struct invocation *invocation, struct error *err)
{
	const struct config_options *options = invocation->options;
	const struct project_request request = {
		.files = options->files.items,
		.environment = environ,
		.no_interpolate = options->skip_interpolation,
		.use = PROJECT_TO_SHOW,
	};
	auto_strbuf struct strbuf text = {0};
	struct project project;

	if (!options->files.count)
		return error_set(err, ERROR_INVALID,
				 "specify a Compose file (with --compose-file)");
	if (invocation_load(invocation, &request, &project, err) < 0)
		return -1;
	project_print(&text, &project, PROJECT_YAML);
	output_text(text.text, text.length);
	return 0;
}

const struct command cmd_stack_config = COMMAND(
	"config", "", "Print the compose files, merged",
	EXAMPLE("-c compose.yaml -c compose.prod.yaml", "Print what the two files are together"),
	.needs = CHANGES_NOTHING, COMMAND_OPTIONS(config_options, config_options),
	.run = config_run);
