/* SPDX-License-Identifier: Apache-2.0 */
/* `wait`: until services have ended; the exit code is that of the first. */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "cli/invocation.h"
#include "cli/screen/output.h"

#include <poll.h>
#include <unistd.h>

/* Docker Compose's code for "the waiting itself failed". */
#define WAIT_FAILED 42

struct wait_options {
	bool down_project;
};

static const struct option_spec wait_options[] = {
	OPTION(BOOL, "down-project", 0, wait_options, down_project,
	       "Take the project down when the first one has ended"),
	{0},
};

/* Looks at all once; @left counts those that are still live. A container that was removed has
 * ended too. */
static int look(struct invocation *invocation, struct container_list *list, bool *ended, int *code,
		size_t *left)
{
	*left = 0;
	for (size_t i = 0; i < list->count; i++) {
		struct container *container = &list->items[i];
		struct error err = {0};

		if (ended[i])
			continue;
		if (container_refresh(invocation->engine, container, invocation->arena, &err) < 0)
			container->state.status = CONTAINER_DEAD;
		ended[i] = !container_is_live(container);
		if (!ended[i]) {
			++*left;
			continue;
		}
		*code = container->state.exit_code;
		output_printf("container \"%s\" exited with status code %d\n", container->id,
			      *code);
		output_finish(NULL);
	}
	return 0;
}

static int wait_all(struct invocation *invocation, struct container_list *list, struct error *err)
{
	const struct wait_options *options = invocation->options;
	bool *ended = arena_array(invocation->arena, list->count + 1, sizeof(*ended));
	struct pollfd poll_fd = {.fd = container_watch_new(err), .events = POLLIN};
	auto_close int watch_fd = poll_fd.fd;
	size_t left = 0;
	int code = 0;

	if (watch_fd < 0)
		return -1;
	for (size_t i = 0; i < list->count; i++)
		if (container_is_live(&list->items[i]) &&
		    container_watch_add(invocation->engine, watch_fd, list->items[i].id, err) < 0)
			return -1;
	for (;;) {
		look(invocation, list, ended, &code, &left);
		if (left == 0 || (options->down_project && left < list->count))
			return code;
		poll(&poll_fd, 1, -1);
		container_watch_drain(watch_fd);
	}
}

static int wait_run(struct invocation *invocation, struct error *err)
{
	const struct wait_options *options = invocation->options;
	struct apply apply = invocation_apply(invocation);
	struct apply_down down = {.timeout_ns = -1};
	struct container_list list;
	struct error wait_err = {0};
	int code;

	if (invocation_list(invocation, invocation->arguments, false, &list, err) < 0)
		return -1;
	if (list.count == 0)
		return error_set(err, ERROR_NOT_FOUND, "no containers for project \"%s\"",
				 invocation->project_name);
	code = wait_all(invocation, &list, &wait_err);
	if (code < 0) {
		invocation_error(invocation, &wait_err);
		return WAIT_FAILED;
	}
	if (!options->down_project)
		return code;
	apply.services = NULL;
	if (invocation_lock(invocation, err) < 0 || apply_down(&apply, &down, err) < 0)
		return -1;
	return code;
}

const struct command cmd_wait =
	COMMAND("wait", "SERVICE...", "Wait until containers of services have ended",
		EXAMPLE("migrate", "Wait for migrate and print its exit code"),
		.needs = FOR_SERVICES | SERVICE_ARGUMENTS, .least = 1, .most = ANY_NUMBER,
		COMMAND_OPTIONS(wait_options, wait_options), .run = wait_run);
