/* SPDX-License-Identifier: Apache-2.0 */
/* `service update`. */
#include "base/cleanup.h"
#include "base/error.h"
#include "cli/command/cmd_stack.h"
#include "cli/invocation.h"
#include "cli/screen/output.h"
#include "cli/service_change.h"
#include "cli/service_edits.h"

#include <stdio.h>
#include <stdlib.h>

struct update_options {
	struct service_edits edits; /* first: SERVICE_EDIT_ROWS */
	bool force, rollback;
};

static const struct option_spec update_options[] = {
	SERVICE_EDIT_ROWS,
	SERVICE_EDIT(ARGS, "args", 0, "Give the image's command these arguments", "COMMAND"),
	SERVICE_EDIT(CONFIG_ADD, "config-add", 0, "Give tasks a config object as a file", "CONFIG"),
	SERVICE_EDIT(CONFIG_RM, "config-rm", 0, "Take a config object away", "CONFIG"),
	SERVICE_EDIT(CONSTRAINT_ADD, "constraint-add", 0,
		     "Note where tasks may run; they run on this host", "TEXT"),
	SERVICE_EDIT(CONSTRAINT_RM, "constraint-rm", 0, "Take a constraint away", "TEXT"),
	SERVICE_EDIT(CONTAINER_LABEL_ADD, "container-label-add", 0, "Add a label to the containers",
		     "NAME=VALUE"),
	SERVICE_EDIT(CONTAINER_LABEL_RM, "container-label-rm", 0,
		     "Take a label of the containers away", "NAME"),
	SERVICE_EDIT(DNS_ADD, "dns-add", 0, "Use this DNS server", "ADDRESS"),
	SERVICE_EDIT(DNS_OPTION_ADD, "dns-option-add", 0, "Set an option of resolv.conf", "TEXT"),
	SERVICE_EDIT(DNS_OPTION_RM, "dns-option-rm", 0, "Take an option for names away", "TEXT"),
	SERVICE_EDIT(DNS_RM, "dns-rm", 0, "Take a name server away", "ADDRESS"),
	SERVICE_EDIT(DNS_SEARCH_ADD, "dns-search-add", 0, "Search names in this domain", "DOMAIN"),
	SERVICE_EDIT(DNS_SEARCH_RM, "dns-search-rm", 0, "Take a search domain away", "DOMAIN"),
	SERVICE_EDIT(ENV_ADD, "env-add", 0, "Set a variable", "NAME=VALUE"),
	SERVICE_EDIT(ENV_RM, "env-rm", 0, "Take a variable away", "NAME"),
	OPTION(BOOL, "force", 0, update_options, force,
	       "Replace all tasks, even if nothing has changed"),
	SERVICE_EDIT(GROUP_ADD, "group-add", 0, "Add the user to a group", "GROUP"),
	SERVICE_EDIT(GROUP_RM, "group-rm", 0, "Take a group away", "GROUP"),
	SERVICE_EDIT(HOST_ADD, "host-add", 0, "Add a name to /etc/hosts", "HOST:ADDRESS"),
	SERVICE_EDIT(HOST_RM, "host-rm", 0, "Take a line of /etc/hosts away", "HOST:ADDRESS"),
	SERVICE_EDIT(IMAGE, "image", 0, "Use this image", "IMAGE"),
	SERVICE_EDIT(LABEL_ADD, "label-add", 0, "Add a label to the service", "NAME=VALUE"),
	SERVICE_EDIT(LABEL_RM, "label-rm", 0, "Take a label away", "NAME"),
	SERVICE_EDIT(MOUNT_ADD, "mount-add", 0, "Add a mount", "type=…,source=…,target=…"),
	SERVICE_EDIT(MOUNT_RM, "mount-rm", 0, "Take a mount away", "TARGET"),
	SERVICE_EDIT(NETWORK_ADD, "network-add", 0, "Join a network", "NETWORK"),
	SERVICE_EDIT(NETWORK_RM, "network-rm", 0, "Leave a network", "NETWORK"),
	SERVICE_EDIT(PLACEMENT_PREF, "placement-pref-add", 0,
		     "Note where tasks may run; they run on this host", "spread=TEXT"),
	SERVICE_EDIT(PUBLISH_ADD, "publish-add", 0, "Publish a port on this host", "PORT"),
	SERVICE_EDIT(PUBLISH_RM, "publish-rm", 0, "Publish this port of the containers no more",
		     "PORT"),
	OPTION(BOOL, "rollback", 0, update_options, rollback, "Take the last change back"),
	SERVICE_EDIT(SECRET_ADD, "secret-add", 0, "Give tasks a secret as a file", "SECRET"),
	SERVICE_EDIT(SECRET_RM, "secret-rm", 0, "Take a secret away", "SECRET"),
	SERVICE_EDIT(SYSCTL_ADD, "sysctl-add", 0, "Set a kernel parameter", "NAME=VALUE"),
	SERVICE_EDIT(SYSCTL_RM, "sysctl-rm", 0, "Take a kernel setting away", "NAME"),
	SERVICE_EDIT(ULIMIT_ADD, "ulimit-add", 0, "Set a limit of the processes",
		     "NAME=SOFT[:HARD]"),
	SERVICE_EDIT(ULIMIT_RM, "ulimit-rm", 0, "Take a limit away", "NAME"),
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
	"update", "SERVICE", "Change a service, and replace its tasks batch by batch",
	EXAMPLE("--image nginx:1.27 --update-parallelism 1 web",
		"Replace the image of web, one task at a time"),
	.needs = FOR_CONTAINERS, .least = 1, .most = 1,
	COMMAND_OPTIONS(update_options, update_options), .check = update_check,
	.goes_on = "'coracle service update' goes on, 'coracle service rollback' takes it back",
	.run = update_run);
