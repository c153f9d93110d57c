/* SPDX-License-Identifier: Apache-2.0 */
/* `service create`. */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/units.h"
#include "cli/command/cmd_stack.h"
#include "cli/invocation.h"
#include "cli/screen/output.h"
#include "cli/service_change.h"
#include "cli/service_edits.h"
#include "compose/stack/stack_deploy.h"
#include "engine/engine.h"

#include <string.h>
#include <unistd.h>

struct create_options {
	struct service_edits edits; /* first: SERVICE_EDIT_ROWS */
	const char *name, *mode;
};

static const struct option_spec create_options[] = {
	SERVICE_EDIT_ROWS,
	SERVICE_EDIT(CONFIG_ADD, "config", 0, "Give tasks a config object as a file", "CONFIG"),
	SERVICE_EDIT(CONSTRAINT_ADD, "constraint", 0,
		     "Note where tasks may run; they run on this host", "TEXT"),
	SERVICE_EDIT(CONTAINER_LABEL_ADD, "container-label", 0, "Add a label to the containers",
		     "NAME=VALUE"),
	SERVICE_EDIT(DNS_ADD, "dns", 0, "Use this DNS server", "ADDRESS"),
	SERVICE_EDIT(DNS_OPTION_ADD, "dns-option", 0, "Set an option of resolv.conf", "TEXT"),
	SERVICE_EDIT(DNS_SEARCH_ADD, "dns-search", 0, "Search names in this domain", "DOMAIN"),
	SERVICE_EDIT(ENV_ADD, "env", 'e', "Set a variable", "NAME=VALUE"),
	SERVICE_EDIT(ENV_FILE, "env-file", 0, "Set the variables of a file", "FILE"),
	SERVICE_EDIT(GROUP_ADD, "group", 0, "Add the user to a group", "GROUP"),
	SERVICE_EDIT(HOST_ADD, "host", 0, "Add a name to /etc/hosts", "HOST:ADDRESS"),
	SERVICE_EDIT(LABEL_ADD, "label", 'l', "Add a label to the service", "NAME=VALUE"),
	OPTION(STRING, "mode", 0, create_options, mode,
	       "Have so many tasks as --replicas says, or one on each node", .value = "MODE",
	       .words = "replicated global", .fallback = "replicated"),
	SERVICE_EDIT(MOUNT_ADD, "mount", 0, "Add a mount", "type=…,source=…,target=…"),
	OPTION(STRING, "name", 0, create_options, name, "Give the service this name",
	       .value = "NAME"),
	SERVICE_EDIT(NETWORK_ADD, "network", 0, "Join a network", "NETWORK"),
	SERVICE_EDIT(PLACEMENT_PREF, "placement-pref", 0,
		     "Note where tasks may run; they run on this host", "spread=TEXT"),
	SERVICE_EDIT(PUBLISH_ADD, "publish", 'p', "Publish a port on this host", "PORT"),
	SERVICE_EDIT(SECRET_ADD, "secret", 0, "Give tasks a secret as a file", "SECRET"),
	SERVICE_EDIT(SYSCTL_ADD, "sysctl", 0, "Set a kernel parameter", "NAME=VALUE"),
	SERVICE_EDIT(ULIMIT_ADD, "ulimit", 0, "Set a limit of the processes", "NAME=SOFT[:HARD]"),
	{0},
};

static int create_check(const void *data, struct error *err)
{
	const struct create_options *options = data;
	const char *mode = options->mode ? options->mode : "replicated";

	if (strcmp(mode, "replicated") != 0 && strcmp(mode, "global") != 0)
		return error_set(err, ERROR_UNSUPPORTED,
				 "--mode %s is not available: use replicated or global; what runs "
				 "once is for 'run'",
				 mode);
	return options->name ? stack_deploy_check_name(options->name, err) : 0;
}

/* As an image alone would have it: on the bridge that all have. */
static json *make_model(const struct invocation *invocation, const char *name, struct error *err)
{
	const struct create_options *options = invocation->options;
	auto_json json *model = json_new_object();
	json *services = json_new_object(), *service = json_new_object(), *command;

	json_set(model, "services", services);
	json_set(services, name, service);
	json_set_string(service, "image", invocation->arguments[0]);
	json_set_string(service, "network_mode", "bridge");
	if (invocation->argument_count > 1) {
		command = json_new_array();
		json_set(service, "command", command);
		for (size_t i = 1; i < invocation->argument_count; i++) {
			auto_free char *word = stack_edit_escape(invocation->arguments[i]);

			json_add_string(command, word);
		}
	}
	if (options->mode) {
		json *deploy = json_new_object();

		json_set(service, "deploy", deploy);
		json_set_string(deploy, "mode", options->mode);
	}
	if (service_edits_make(&options->edits, model, name, err) < 0)
		return NULL;
	return take_ptr(model);
}

static int check_free(struct invocation *invocation, const char *name, struct error *err)
{
	struct stack_service service;
	struct error reason = {0};

	if (stack_find_service(&service, &invocation->engine->layout, name, invocation->arena,
			       &reason) < 0)
		return reason.code == ERROR_NOT_FOUND ? 0 : error_pass(err, &reason);
	stack_release(&service.stack);
	return error_set(err, ERROR_CONFLICT,
			 "name conflicts with an existing object: service %s already exists", name);
}

/* Afterwards the lock is held and nothing is called so. */
static int begin(struct service_change *change, struct invocation *invocation, const char *name,
		 struct error *err)
{
	auto_free char *directory = getcwd(NULL, 0);
	struct error reason = {0};

	if (check_free(invocation, name, err) < 0)
		return -1;
	if (service_change_begin_stack(change, invocation, name, &reason) == 0)
		return error_set(err, ERROR_CONFLICT,
				 "name conflicts with an existing object: stack %s already exists",
				 name);
	if (reason.code != ERROR_NOT_FOUND)
		return error_pass(err, &reason);
	stack_init(&change->stack, name, true);
	json_set_string(change->stack.document, "working_dir", directory ? directory : "/");
	change->service = name;
	return 0;
}

static int create_run(struct invocation *invocation, struct error *err)
{
	const struct create_options *options = invocation->options;
	auto_service_change struct service_change change = {0};
	auto_json json *model = NULL;
	char random[13];
	const char *name = options->name;

	if (!name) {
		units_random_hex(random, 6);
		name = arena_string(invocation->arena, random);
	}
	model = make_model(invocation, name, err);
	if (!model || begin(&change, invocation, name, err) < 0)
		return -1;
	change.detach = options->edits.detach;
	change.quiet = options->edits.quiet;
	change.says_id = true;
	return service_change_run(&change, model, err);
}

const struct command cmd_service_create = COMMAND(
	"create", "IMAGE [COMMAND...]", "Run an image as a service",
	EXAMPLE("--name web --replicas 2 -p 8080:80 nginx",
		"Run two tasks of nginx as the service web"),
	.needs = FOR_CONTAINERS | OPTIONS_FIRST_ONLY, .least = 1, .most = ANY_NUMBER,
	COMMAND_OPTIONS(create_options, create_options), .check = create_check,
	.goes_on = "'coracle service update' goes on, 'coracle service rm' removes what is there",
	.run = create_run);
