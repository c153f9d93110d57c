/* SPDX-License-Identifier: Apache-2.0 */
/* `container start`, `rm` and `wait`: the life of containers that are named. */
#include "base/error.h"
#include "cli/container_tasks.h"
#include "cli/invocation.h"
#include "cli/nouns.h"
#include "cli/output.h"
#include "cli/table.h"

struct container_rm_options {
	bool force, volumes;
};

static const struct option_spec rm_options[] = {
	OPTION(BOOL, "force", 'f', container_rm_options, force, "kill running ones"),
	OPTION(BOOL, "volumes", 'v', container_rm_options, volumes, "remove anonymous volumes too"),
	{0},
};

static int remove_one(struct invocation *invocation, const char *name, struct error *err)
{
	const struct container_rm_options *options = invocation->options;
	unsigned flags = (options->force ? CONTAINER_REMOVE_FORCE : 0U) |
			 (options->volumes ? CONTAINER_REMOVE_VOLUMES : 0U);
	struct container container;

	if (container_named(invocation, name, &container, err) < 0 ||
	    container_remove(invocation->engine, container.id, flags, err) < 0)
		return -1;
	output_line(name);
	return 0;
}

const struct command cmd_container_rm =
	NOUNS_VERB("rm", FOR_OBJECTS, "CONTAINER...", "remove containers", remove_one,
		   COMMAND_OPTIONS(container_rm_options, rm_options));

static int start_one(struct invocation *invocation, const char *name, struct error *err)
{
	struct container container;

	if (container_named(invocation, name, &container, err) < 0 ||
	    container_start(invocation->engine, container.id, err) < 0)
		return -1;
	output_line(name);
	return 0;
}

const struct command cmd_container_start =
	NOUNS_VERB("start", FOR_OBJECTS, "CONTAINER...", "start containers", start_one);

static int wait_one(struct invocation *invocation, const char *name, struct error *err)
{
	struct container container;
	int code;

	if (container_named(invocation, name, &container, err) < 0)
		return -1;
	code = container_wait(invocation->engine, container.id, -1, err);
	if (code < 0)
		return -1;
	output_printf("%d\n", code);
	return output_finish(err);
}

const struct command cmd_container_wait = COMMAND(
	"wait", "CONTAINER...", "wait until containers have ended and print their exit codes",
	.needs = FOR_OBJECTS | CHANGES_NOTHING, COMMAND_EACH(wait_one));
