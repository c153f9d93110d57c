/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/run_container.h"

#include "base/error.h"
#include "cli/exec_options.h"
#include "cli/front.h"
#include "cli/invocation.h"
#include "cli/screen/output.h"
#include "cli/wording.h"

#include <errno.h>
#include <stdio.h>

static int start_failed(const struct run_container *run, struct error *why)
{
	char **cmd = run->container->config.cmd;

	bool is_service = !(run->invocation->command->needs & FAILS_AS_RUN);

	if (why->code == ENOENT && cmd && *cmd && **cmd == '-')
		error_append(why, "; options stand before the %s",
			     is_service ? "service" : "image");
	error_wrap(why, "cannot start %s", run->container->name);
	invocation_error(run->invocation, why);
	/* Of a service's, Docker Compose says no more than that it failed. */
	return run->invocation->front->words && is_service ? 1 : wording_start_code(why);
}

/* Its monitor removes it too; whoever comes second finds nothing. */
static void remove_container(const struct run_container *run, unsigned flags)
{
	struct error err;

	if (run->remove && container_remove(run->invocation->engine, run->container->id,
					    flags | CONTAINER_REMOVE_VOLUMES, &err) < 0)
		invocation_error(run->invocation, &err);
}

/* Whoever has to go does not leave what was to be removed; anything else goes on. */
static int interrupted(const struct run_container *run)
{
	fprintf(stderr, "container %s %s\n", run->container->name,
		run->remove ? "is killed and removed" : "goes on running");
	remove_container(run, CONTAINER_REMOVE_FORCE);
	return 128 + run->client.signal;
}

int run_container_attached(struct run_container *run)
{
	struct engine *engine = run->invocation->engine;
	struct attach_client *client = &run->client;
	struct error err = {0};
	int fd = -1, code;

	client->id = run->container->id;
	client->ends_input = client->stdin_fd >= 0;
	if (attach_open(engine, client, &fd, &err) < 0)
		return start_failed(run, &err);
	code = attach_relay(engine, client, fd, &err);
	if (code == ATTACH_DETACHED)
		return 0;
	if (code == ATTACH_INTERRUPTED)
		return interrupted(run);
	remove_container(run, 0);
	return code < 0 ? exec_output_failed(run->invocation, &err) : code;
}

int run_container_detached(struct run_container *run)
{
	struct error err = {0};

	if (container_start(run->invocation->engine, run->container->id, &err) < 0)
		return start_failed(run, &err);
	output_line(run->container->id);
	return 0;
}
