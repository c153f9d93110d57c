/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/container_tasks.h"

#include "base/arena.h"
#include "base/error.h"
#include "cli/invocation.h"
#include "cli/screen/output.h"

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

int container_tasks_run(struct invocation *invocation, struct error *err)
{
	container_tasks_begin *const *begin = invocation->command->data;
	size_t count = invocation->argument_count;
	struct work *works = arena_array(invocation->arena, count + 1, sizeof(*works));
	int code = 0;

	(void)err;
	for (size_t i = 0; i < count; i++) {
		struct work *work = &works[i];
		struct container container;

		work->has_begun = container_named(invocation, invocation->arguments[i], &container,
						  &work->err) == 0 &&
				  (*begin)(invocation, &container, &work->task, &work->err) == 0;
	}
	for (size_t i = 0; i < count; i++) {
		struct work *work = &works[i];

		if (work->has_begun &&
		    container_task_finish(invocation->engine, &work->task, &work->err) == 0) {
			output_line(invocation->arguments[i]);
			continue;
		}
		invocation_error(invocation, &work->err);
		code = 1;
	}
	return code;
}
