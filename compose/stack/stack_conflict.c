/* SPDX-License-Identifier: Apache-2.0 */
/* A stack and a compose project of one name would take each other's containers for their own. */
#include "compose/stack/stack_change.h"

#include "base/error.h"
#include "compose/stack/stack_private.h"
#include "compose/stack/stack_tasks_private.h"
#include "engine/container.h"
#include "engine/labels.h"

int stack_check_project(const struct layout *layout, const char *project, struct error *err)
{
	auto_stack struct stack stack = {0};
	struct error reason = {0};
	const char *kind;

	if (stack_load(&stack, layout, project, &reason) < 0)
		return reason.code == ERROR_NOT_FOUND ? 0 : error_pass(err, &reason);
	if (json_object_object_length(stack_services(&stack)) == 0)
		return 0;
	kind = stack_is_service(&stack) ? "service" : "stack";
	return error_set(err, ERROR_CONFLICT,
			 "'%s' is the name of a %s: remove it with 'coracle %s rm %s', or choose "
			 "another project name with -p",
			 project, kind, kind, project);
}

int stack_check_containers(const struct stack_change *change, struct error *err)
{
	struct stack_tasks_seen seen;

	if (stack_tasks_look(&seen, change, err) < 0)
		return -1;
	for (size_t i = 0; i < seen.count; i++) {
		const struct container *container = &seen.containers[i];

		if (!labels_is_hook(container) && !container_label(container, LABEL_SWARM_SERVICE))
			return error_set(err, ERROR_CONFLICT,
					 "'%s' is the name of a compose project, to which '%s' "
					 "belongs: remove it with 'coracle compose -p %s down', or "
					 "choose another name",
					 change->stack->name, container->name, change->stack->name);
	}
	return 0;
}
