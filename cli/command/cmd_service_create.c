/* SPDX-License-Identifier: Apache-2.0 */
/* `service create`. */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/units.h"
#include "cli/command/cmd_stack.h"
#include "cli/invocation.h"
#include "cli/output.h"
#include "cli/service_change.h"
#include "cli/service_edits.h"
#include "compose/stack/stack_deploy.h"
#include "engine/engine.h"

#include <string.h>
#include <unistd.h>

struct create_options {
	struct service_edits edits;
	const char *name, *mode;
};

#define EDIT(id, word, letter, text, argument)                                                     \
	OPTION(LIST, word, letter, create_options, edits.given[SERVICE_EDIT_##id], text,           \
	       .value = argument)

static const struct option_spec create_options[] = {
	EDIT(CAP_ADD, "cap-add", 0, "add a capability", "CAP"),
	EDIT(CAP_DROP, "cap-drop", 0, "drop a capability", "CAP"),
	EDIT(CONFIG_ADD, "config", 0, "a config object of the store as a file", "CONFIG"),
	EDIT(CONSTRAINT_ADD, "constraint", 0, "kept; every task runs on this host", "TEXT"),
	EDIT(CONTAINER_LABEL_ADD, "container-label", 0, "a label of the containers", "NAME=VALUE"),
	SERVICE_DETACH(create_options, edits.detach),
	EDIT(DNS_ADD, "dns", 0, "a name server", "ADDRESS"),
	EDIT(DNS_OPTION_ADD, "dns-option", 0, "an option for looking up names", "TEXT"),
	EDIT(DNS_SEARCH_ADD, "dns-search", 0, "a search domain", "DOMAIN"),
	EDIT(ENDPOINT_MODE, "endpoint-mode", 0, "vip or dnsrr; names lead to all tasks either way",
	     "MODE"),
	EDIT(ENTRYPOINT, "entrypoint", 0, "instead of the image's entrypoint", "COMMAND"),
	EDIT(ENV_ADD, "env", 'e', "set a variable", "NAME=VALUE"),
	EDIT(ENV_FILE, "env-file", 0, "variables from a file", "FILE"),
	EDIT(GROUP_ADD, "group", 0, "one more group of the user", "GROUP"),
	EDIT(HEALTH_CMD, "health-cmd", 0, "command that checks health", "COMMAND"),
	EDIT(HEALTH_INTERVAL, "health-interval", 0, "time between checks", "DURATION"),
	EDIT(HEALTH_RETRIES, "health-retries", 0, "failures in a row that make it unhealthy", "N"),
	EDIT(HEALTH_START_INTERVAL, "health-start-interval", 0,
	     "time between checks while it starts", "DURATION"),
	EDIT(HEALTH_START_PERIOD, "health-start-period", 0, "how long failures do not count",
	     "DURATION"),
	EDIT(HEALTH_TIMEOUT, "health-timeout", 0, "longest time of one check", "DURATION"),
	EDIT(HOST_ADD, "host", 0, "a line of /etc/hosts", "HOST:ADDRESS"),
	EDIT(HOSTNAME, "hostname", 0, "the containers' host name", "NAME"),
	OPTION(TRISTATE, "init", 0, create_options, edits.init,
	       "a first process that reaps the others"),
	EDIT(LABEL_ADD, "label", 'l', "a label of the service", "NAME=VALUE"),
	EDIT(LIMIT_CPU, "limit-cpu", 0, "most processors that a task may use", "N"),
	EDIT(LIMIT_MEMORY, "limit-memory", 0, "most memory that a task may use", "BYTES"),
	EDIT(LIMIT_PIDS, "limit-pids", 0, "most processes of a task", "N"),
	EDIT(LOG_DRIVER, "log-driver", 0, "where output goes", "DRIVER"),
	EDIT(LOG_OPT, "log-opt", 0, "option of the log driver", "NAME=VALUE"),
	OPTION(STRING, "mode", 0, create_options, mode, "replicated or global", .value = "MODE"),
	EDIT(MOUNT_ADD, "mount", 0, "a mount", "type=…,source=…,target=…"),
	OPTION(STRING, "name", 0, create_options, name, "what it is called", .value = "NAME"),
	EDIT(NETWORK_ADD, "network", 0, "join a network", "NETWORK"),
	OPTION(TRISTATE, "no-healthcheck", 0, create_options, edits.no_healthcheck,
	       "no health check, whatever the image says"),
	OPTION(BOOL, "no-resolve-image", 0, create_options, edits.no_resolve_image,
	       "images are what this host has in any case", .is_hidden = true),
	EDIT(OOM_SCORE_ADJ, "oom-score-adj", 0, "who is killed first when memory is short", "N"),
	EDIT(PLACEMENT_PREF, "placement-pref", 0, "kept; every task runs on this host",
	     "spread=TEXT"),
	EDIT(PUBLISH_ADD, "publish", 'p', "publish a port", "PORT"),
	OPTION(BOOL, "quiet", 'q', create_options, edits.quiet, "say nothing of what is done"),
	OPTION(TRISTATE, "read-only", 0, create_options, edits.read_only,
	       "the root file system cannot be written"),
	EDIT(REPLICAS, "replicas", 0, "number of tasks", "N"),
	EDIT(REPLICAS_MAX, "replicas-max-per-node", 0, "kept; there is one node", "N"),
	EDIT(RESERVE_CPU, "reserve-cpu", 0, "processors that a task needs", "N"),
	EDIT(RESERVE_MEMORY, "reserve-memory", 0, "memory that a task needs", "BYTES"),
	EDIT(RESTART_CONDITION, "restart-condition", 0,
	     "when a task is started again: none, on-failure or any", "WHEN"),
	EDIT(RESTART_DELAY, "restart-delay", 0, "time before it is", "DURATION"),
	EDIT(RESTART_MAX, "restart-max-attempts", 0, "how often at most", "N"),
	EDIT(RESTART_WINDOW, "restart-window", 0, "how long it must run to count as started",
	     "DURATION"),
	EDIT(ROLLBACK_DELAY, "rollback-delay", 0, "time between batches", "DURATION"),
	EDIT(ROLLBACK_FAILURE, "rollback-failure-action", 0,
	     "what to do when tasks fail: pause or continue", "ACTION"),
	EDIT(ROLLBACK_RATIO, "rollback-max-failure-ratio", 0, "part of the tasks that may fail",
	     "FRACTION"),
	EDIT(ROLLBACK_MONITOR, "rollback-monitor", 0, "how long new tasks are watched", "DURATION"),
	EDIT(ROLLBACK_ORDER, "rollback-order", 0, "start-first or stop-first", "ORDER"),
	EDIT(ROLLBACK_PARALLELISM, "rollback-parallelism", 0, "tasks in a batch; 0: all", "N"),
	EDIT(SECRET_ADD, "secret", 0, "a secret of the store", "SECRET"),
	EDIT(STOP_GRACE, "stop-grace-period", 0, "how long a task has to stop", "DURATION"),
	EDIT(STOP_SIGNAL, "stop-signal", 0, "what tells it to", "SIGNAL"),
	EDIT(SYSCTL_ADD, "sysctl", 0, "a kernel setting", "NAME=VALUE"),
	OPTION(TRISTATE, "tty", 't', create_options, edits.tty, "give it a terminal"),
	EDIT(ULIMIT_ADD, "ulimit", 0, "a limit of the processes", "NAME=SOFT[:HARD]"),
	EDIT(UPDATE_DELAY, "update-delay", 0, "time between batches", "DURATION"),
	EDIT(UPDATE_FAILURE, "update-failure-action", 0,
	     "what to do when tasks fail: pause, continue or rollback", "ACTION"),
	EDIT(UPDATE_RATIO, "update-max-failure-ratio", 0, "part of the tasks that may fail",
	     "FRACTION"),
	EDIT(UPDATE_MONITOR, "update-monitor", 0, "how long new tasks are watched", "DURATION"),
	EDIT(UPDATE_ORDER, "update-order", 0, "start-first or stop-first", "ORDER"),
	EDIT(UPDATE_PARALLELISM, "update-parallelism", 0, "tasks in a batch; 0: all", "N"),
	EDIT(USER, "user", 'u', "who the process is", "USER"),
	OPTION(BOOL, "with-registry-auth", 0, create_options, edits.registry_auth,
	       "what `login` knows is used in any case", .is_hidden = true),
	EDIT(WORKDIR, "workdir", 'w', "where the process starts", "DIR"),
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
	"create", "IMAGE [COMMAND...]", "run an image as a service",
	.needs = FOR_CONTAINERS | OPTIONS_FIRST_ONLY, .least = 1, .most = ANY_NUMBER,
	COMMAND_OPTIONS(create_options, create_options), .check = create_check, .run = create_run);
