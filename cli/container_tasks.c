/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/container_tasks.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "cli/invocation.h"
#include "cli/screen/output.h"
#include "compose/apply/interruption.h"

#include <errno.h>
#include <poll.h>

int container_named(struct invocation *invocation, const char *name, struct container *container,
		    struct error *err)
{
	return container_find_healed(invocation->engine, name, container, invocation->arena, err);
}

struct work {
	struct container_task task;
	struct error err;
	bool has_begun;
};

static void begin_all(struct invocation *invocation, struct work *works)
{
	const struct container_tasks *tasks = invocation->command->data;

	for (size_t i = 0; i < invocation->argument_count && !invocation_is_cancelled(invocation);
	     i++) {
		struct work *work = &works[i];
		struct container container;

		work->has_begun =
			container_named(invocation, invocation->arguments[i], &container,
					&work->err) == 0 &&
			tasks->begin(invocation, &container, &work->task, &work->err) == 0;
	}
}

/* Until it has ended, or Ctrl-C; then it is looked whether it has ended nevertheless. */
static bool has_ended(const struct invocation *invocation, const struct work *work)
{
	struct pollfd fds[] = {
		{.fd = work->task.fd, .events = POLLIN},
		{.fd = invocation->cancel_fd > 0 ? invocation->cancel_fd : -1, .events = POLLIN},
	};

	while (work->task.fd >= 0 && poll(fds, array_length(fds), -1) < 0 && errno == EINTR)
		;
	return work->task.fd < 0 || fds[0].revents;
}

static bool finish(struct invocation *invocation, struct work *work, const char *name)
{
	if (work->has_begun &&
	    container_task_finish(invocation->engine, &work->task, &work->err) == 0) {
		output_line(name);
		return true;
	}
	invocation_error(invocation, &work->err);
	return false;
}

int container_tasks_run(struct invocation *invocation, struct error *err)
{
	const struct container_tasks *tasks = invocation->command->data;
	size_t done = 0, left = 0, untouched = 0, count = invocation->argument_count;
	struct work *works = arena_array(invocation->arena, count + 1, sizeof(*works));

	begin_all(invocation, works);
	for (size_t i = 0; i < count; i++) {
		struct work *work = &works[i];

		if (!work->has_begun && !work->err.text[0]) {
			untouched++;
		} else if (work->has_begun && !has_ended(invocation, work)) {
			container_task_leave(&work->task);
			left++;
		} else {
			done += finish(invocation, work, invocation->arguments[i]);
		}
	}
	if (untouched + left > 0)
		return interruption_of_tasks(done, count, left, tasks->state, err);
	return done == count ? 0 : 1;
}
