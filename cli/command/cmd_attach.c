/* SPDX-License-Identifier: Apache-2.0 */
/* `attach` and `container attach`: our standard streams at those of a container that runs. */
#include "base/error.h"
#include "cli/attaching.h"
#include "cli/container_tasks.h"
#include "cli/exec_options.h"
#include "cli/invocation.h"
#include "cli/table.h"
#include "engine/attach.h"

struct attach_options {
	const char *detach_keys;
	int index, sig_proxy;
	bool no_stdin;
};

#define KEYS                                                                                       \
	OPTION(STRING, "detach-keys", 0, attach_options, detach_keys,                              \
	       "Leave the container with these keys", .value = "KEYS",                             \
	       .fallback = "ctrl-p,ctrl-q")
#define OTHERS                                                                                     \
	OPTION(BOOL, "no-stdin", 0, attach_options, no_stdin, "Do not pass input on"),             \
		OPTION(TRISTATE, "sig-proxy", 0, attach_options, sig_proxy,                        \
		       "Pass signals on to the container", .fallback = "true")

static const struct option_spec service_options[] = {
	KEYS,
	OPTION(INT, "index", 0, attach_options, index, "Choose the replica with this number",
	       .value = "N", .fallback = "the first"),
	OTHERS,
	{0},
};

static const struct option_spec container_options[] = {KEYS, OTHERS, {0}};

static int check_state(const struct container *container, struct error *err)
{
	static const char *const reasons[] = {
		[CONTAINER_CREATED] = "stopped container, start it first",
		[CONTAINER_PAUSED] = "paused container, unpause it first",
		[CONTAINER_RESTARTING] = "restarting container, wait until it is running",
		[CONTAINER_REMOVING] = "stopped container, start it first",
		[CONTAINER_EXITED] = "stopped container, start it first",
		[CONTAINER_DEAD] = "stopped container, start it first",
		[CONTAINER_STATUS_COUNT] = NULL,
	};
	const char *reason = reasons[container->state.status];

	return reason ? error_set(err, ERROR_CONFLICT, "You cannot attach to a %s", reason) : 0;
}

static int attach_to(struct invocation *invocation, const struct container *container,
		     struct error *err)
{
	const struct attach_options *options = invocation->options;
	struct attach_client client = {.joins = true, .keeps_signals = options->sig_proxy == 0};
	int code;

	invocation->is_at_work = false; /* so far, it is us who refuse */
	if (exec_detach_keys(invocation, &client.detach_keys, options->detach_keys, err) < 0 ||
	    check_state(container, err) < 0 ||
	    attaching_fill(&client, container, !options->no_stdin, err) < 0)
		return -1;
	code = attaching_run(invocation, &client, err);
	return code == ATTACH_DETACHED ? exec_left(invocation, err) : code;
}

static int attach_run(struct invocation *invocation, struct error *err)
{
	const struct attach_options *options = invocation->options;
	struct container_choice choice = {invocation->arguments[0], options->index, false};
	struct container container;

	if (invocation_choose(invocation, &choice, &container, err) < 0)
		return -1;
	return attach_to(invocation, &container, err);
}

const struct command cmd_attach = COMMAND(
	"attach", "SERVICE", "Connect this terminal to a service's running container",
	EXAMPLE("web",
		"Show what the first container of web prints; Ctrl-P Ctrl-Q leaves it running"),
	.needs = FOR_SERVICES | SERVICE_FIRST, .least = 1, .most = 1,
	COMMAND_OPTIONS(attach_options, service_options), .run = attach_run);

static int container_attach_run(struct invocation *invocation, struct error *err)
{
	struct container container;

	if (container_named(invocation, invocation->arguments[0], &container, err) < 0)
		return -1;
	return attach_to(invocation, &container, err);
}

const struct command cmd_container_attach =
	COMMAND("attach", "CONTAINER", "Connect this terminal to a running container",
		EXAMPLE("web", "Show what web prints; Ctrl-P Ctrl-Q leaves it running"),
		.needs = FOR_OBJECTS, .least = 1, .most = 1,
		COMMAND_OPTIONS(attach_options, container_options), .run = container_attach_run);
