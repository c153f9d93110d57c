/* SPDX-License-Identifier: Apache-2.0 */
/* `service update`. */
#include "base/cleanup.h"
#include "base/error.h"
#include "cli/command/cmd_stack.h"
#include "cli/invocation.h"
#include "cli/output.h"
#include "cli/service_change.h"
#include "cli/service_edits.h"

#include <stdio.h>
#include <stdlib.h>

struct update_options {
	struct service_edits edits;
	bool force, rollback;
};

#define EDIT(id, word, letter, text, argument)                                                     \
	OPTION(LIST, word, letter, update_options, edits.given[SERVICE_EDIT_##id], text,           \
	       .value = argument)

static const struct option_spec update_options[] = {
	EDIT(ARGS, "args", 0, "arguments of the image's command", "COMMAND"),
	EDIT(CAP_ADD, "cap-add", 0, "add a capability", "CAP"),
	EDIT(CAP_DROP, "cap-drop", 0, "drop a capability", "CAP"),
	EDIT(CONFIG_ADD, "config-add", 0, "a config object of the store as a file", "CONFIG"),
	EDIT(CONFIG_RM, "config-rm", 0, "take a config object away", "CONFIG"),
	EDIT(CONSTRAINT_ADD, "constraint-add", 0, "kept; every task runs on this host", "TEXT"),
	EDIT(CONSTRAINT_RM, "constraint-rm", 0, "take a constraint away", "TEXT"),
	EDIT(CONTAINER_LABEL_ADD, "container-label-add", 0, "a label of the containers",
	     "NAME=VALUE"),
	EDIT(CONTAINER_LABEL_RM, "container-label-rm", 0, "take a label of the containers away",
	     "NAME"),
	SERVICE_DETACH(update_options, edits.detach),
	EDIT(DNS_ADD, "dns-add", 0, "a name server", "ADDRESS"),
	EDIT(DNS_OPTION_ADD, "dns-option-add", 0, "an option for looking up names", "TEXT"),
	EDIT(DNS_OPTION_RM, "dns-option-rm", 0, "take an option for names away", "TEXT"),
	EDIT(DNS_RM, "dns-rm", 0, "take a name server away", "ADDRESS"),
	EDIT(DNS_SEARCH_ADD, "dns-search-add", 0, "a search domain", "DOMAIN"),
	EDIT(DNS_SEARCH_RM, "dns-search-rm", 0, "take a search domain away", "DOMAIN"),
	EDIT(ENDPOINT_MODE, "endpoint-mode", 0, "vip or dnsrr; names lead to all tasks either way",
	     "MODE"),
	EDIT(ENTRYPOINT, "entrypoint", 0, "instead of the image's entrypoint", "COMMAND"),
	EDIT(ENV_ADD, "env-add", 0, "set a variable", "NAME=VALUE"),
	EDIT(ENV_RM, "env-rm", 0, "take a variable away", "NAME"),
	OPTION(BOOL, "force", 0, update_options, force,
	       "replace all tasks, even if nothing has changed"),
	EDIT(GROUP_ADD, "group-add", 0, "one more group of the user", "GROUP"),
	EDIT(GROUP_RM, "group-rm", 0, "take a group away", "GROUP"),
	EDIT(HEALTH_CMD, "health-cmd", 0, "command that checks health", "COMMAND"),
	EDIT(HEALTH_INTERVAL, "health-interval", 0, "time between checks", "DURATION"),
	EDIT(HEALTH_RETRIES, "health-retries", 0, "failures in a row that make it unhealthy", "N"),
	EDIT(HEALTH_START_INTERVAL, "health-start-interval", 0,
	     "time between checks while it starts", "DURATION"),
	EDIT(HEALTH_START_PERIOD, "health-start-period", 0, "how long failures do not count",
	     "DURATION"),
	EDIT(HEALTH_TIMEOUT, "health-timeout", 0, "longest time of one check", "DURATION"),
	EDIT(HOST_ADD, "host-add", 0, "a line of /etc/hosts", "HOST:ADDRESS"),
	EDIT(HOST_RM, "host-rm", 0, "take a line of /etc/hosts away", "HOST:ADDRESS"),
	EDIT(HOSTNAME, "hostname", 0, "the containers' host name", "NAME"),
	EDIT(IMAGE, "image", 0, "the image", "IMAGE"),
	OPTION(TRISTATE, "init", 0, update_options, edits.init,
	       "a first process that reaps the others"),
	EDIT(LABEL_ADD, "label-add", 0, "a label of the service", "NAME=VALUE"),
	EDIT(LABEL_RM, "label-rm", 0, "take a label away", "NAME"),
	EDIT(LIMIT_CPU, "limit-cpu", 0, "most processors that a task may use", "N"),
	EDIT(LIMIT_MEMORY, "limit-memory", 0, "most memory that a task may use", "BYTES"),
	EDIT(LIMIT_PIDS, "limit-pids", 0, "most processes of a task", "N"),
	EDIT(LOG_DRIVER, "log-driver", 0, "where output goes", "DRIVER"),
	EDIT(LOG_OPT, "log-opt", 0, "option of the log driver", "NAME=VALUE"),
	EDIT(MOUNT_ADD, "mount-add", 0, "a mount", "type=…,source=…,target=…"),
	EDIT(MOUNT_RM, "mount-rm", 0, "take a mount away", "TARGET"),
	EDIT(NETWORK_ADD, "network-add", 0, "join a network", "NETWORK"),
	EDIT(NETWORK_RM, "network-rm", 0, "leave a network", "NETWORK"),
	OPTION(TRISTATE, "no-healthcheck", 0, update_options, edits.no_healthcheck,
	       "no health check, whatever the image says"),
	OPTION(BOOL, "no-resolve-image", 0, update_options, edits.no_resolve_image,
	       "images are what this host has in any case", .is_hidden = true),
	EDIT(OOM_SCORE_ADJ, "oom-score-adj", 0, "who is killed first when memory is short", "N"),
	EDIT(PLACEMENT_PREF, "placement-pref-add", 0, "kept; every task runs on this host",
	     "spread=TEXT"),
	EDIT(PUBLISH_ADD, "publish-add", 0, "publish a port", "PORT"),
	EDIT(PUBLISH_RM, "publish-rm", 0,
	     "take a published port back, by the port in the container", "PORT"),
	OPTION(BOOL, "quiet", 'q', update_options, edits.quiet, "say nothing of what is done"),
	OPTION(TRISTATE, "read-only", 0, update_options, edits.read_only,
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
	OPTION(BOOL, "rollback", 0, update_options, rollback, "take the last change back"),
	EDIT(ROLLBACK_DELAY, "rollback-delay", 0, "time between batches", "DURATION"),
	EDIT(ROLLBACK_FAILURE, "rollback-failure-action", 0,
	     "what to do when tasks fail: pause or continue", "ACTION"),
	EDIT(ROLLBACK_RATIO, "rollback-max-failure-ratio", 0, "part of the tasks that may fail",
	     "FRACTION"),
	EDIT(ROLLBACK_MONITOR, "rollback-monitor", 0, "how long new tasks are watched", "DURATION"),
	EDIT(ROLLBACK_ORDER, "rollback-order", 0, "start-first or stop-first", "ORDER"),
	EDIT(ROLLBACK_PARALLELISM, "rollback-parallelism", 0, "tasks in a batch; 0: all", "N"),
	EDIT(SECRET_ADD, "secret-add", 0, "a secret of the store", "SECRET"),
	EDIT(SECRET_RM, "secret-rm", 0, "take a secret away", "SECRET"),
	EDIT(STOP_GRACE, "stop-grace-period", 0, "how long a task has to stop", "DURATION"),
	EDIT(STOP_SIGNAL, "stop-signal", 0, "what tells it to", "SIGNAL"),
	EDIT(SYSCTL_ADD, "sysctl-add", 0, "a kernel setting", "NAME=VALUE"),
	EDIT(SYSCTL_RM, "sysctl-rm", 0, "take a kernel setting away", "NAME"),
	OPTION(TRISTATE, "tty", 't', update_options, edits.tty, "give it a terminal"),
	EDIT(ULIMIT_ADD, "ulimit-add", 0, "a limit of the processes", "NAME=SOFT[:HARD]"),
	EDIT(ULIMIT_RM, "ulimit-rm", 0, "take a limit away", "NAME"),
	EDIT(UPDATE_DELAY, "update-delay", 0, "time between batches", "DURATION"),
	EDIT(UPDATE_FAILURE, "update-failure-action", 0,
	     "what to do when tasks fail: pause, continue or rollback", "ACTION"),
	EDIT(UPDATE_RATIO, "update-max-failure-ratio", 0, "part of the tasks that may fail",
	     "FRACTION"),
	EDIT(UPDATE_MONITOR, "update-monitor", 0, "how long new tasks are watched", "DURATION"),
	EDIT(UPDATE_ORDER, "update-order", 0, "start-first or stop-first", "ORDER"),
	EDIT(UPDATE_PARALLELISM, "update-parallelism", 0, "tasks in a batch; 0: all", "N"),
	EDIT(USER, "user", 'u', "who the process is", "USER"),
	OPTION(BOOL, "with-registry-auth", 0, update_options, edits.registry_auth,
	       "what `login` knows is used in any case", .is_hidden = true),
	EDIT(WORKDIR, "workdir", 'w', "where the process starts", "DIR"),
	{0},
};

static bool asks_for_changes(const struct service_edits *edits)
{
	for (size_t i = 0; i < SERVICE_EDIT_COUNT; i++)
		if (edits->given[i].count)
			return true;
	return edits->tty >= 0 || edits->init >= 0 || edits->read_only >= 0 ||
	       edits->no_healthcheck >= 0;
}

static int update_check(const void *data, struct error *err)
{
	const struct update_options *options = data;

	if (options->rollback && (options->force || asks_for_changes(&options->edits)))
		return error_set(err, ERROR_INVALID,
				 "other flags may not be combined with --rollback");
	return 0;
}

/* A label with another number makes every task another one. */
static int force(json *model, const char *service, struct error *err)
{
	const json *labels = json_path(model, "services", service, "labels", NULL);
	char text[64];
	const struct stack_edit edit = {STACK_ADD_PAIR, "labels", text};

	snprintf(text, sizeof(text), SERVICE_FORCED "=%lld",
		 strtoll(json_string(labels, SERVICE_FORCED, "0"), NULL, 10) + 1);
	return stack_edit_service(model, service, &edit, 1, err);
}

static int update(struct service_change *change, const struct update_options *options,
		  struct error *err)
{
	auto_json json *model = stack_model_copy(&change->stack);

	if (service_edits_make(&options->edits, model, change->service, err) < 0 ||
	    (options->force && force(model, change->service, err) < 0))
		return -1;
	return service_change_run(change, model, err);
}

static int update_run(struct invocation *invocation, struct error *err)
{
	const struct update_options *options = invocation->options;
	auto_service_change struct service_change change = {0};

	if (service_change_begin(&change, invocation, invocation->arguments[0], err) < 0)
		return -1;
	change.detach = options->edits.detach;
	change.quiet = options->edits.quiet;
	change.say = invocation->arguments[0];
	return options->rollback ? service_change_roll_back(&change, err)
				 : update(&change, options, err);
}

const struct command cmd_service_update = COMMAND(
	"update", "SERVICE", "change a service; its tasks are replaced batch by batch",
	.needs = FOR_CONTAINERS, .least = 1, .most = 1,
	COMMAND_OPTIONS(update_options, update_options), .check = update_check, .run = update_run);
