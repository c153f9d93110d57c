/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/stack/stack_tasks.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/strvec.h"
#include "compose/apply/apply.h"
#include "compose/stack/stack_change.h"
#include "compose/stack/stack_private.h"
#include "compose/stack/stack_tasks_private.h"
#include "engine/labels.h"

#include <stdlib.h>
#include <string.h>

#define MOST_PAST 4 /* of a slot */
#define ID_LENGTH 25

/* ------------------------------------------------------------------ what a container is doing */

static const char *state_of(const struct container *container)
{
	switch (container->state.status) {
	case CONTAINER_RUNNING:
	case CONTAINER_PAUSED:
		return "running";
	case CONTAINER_RESTARTING:
		return "starting";
	case CONTAINER_CREATED:
		return container->state.error ? "rejected" : "ready";
	case CONTAINER_EXITED:
	case CONTAINER_REMOVING:
	case CONTAINER_DEAD:
	case CONTAINER_STATUS_COUNT:
		break;
	}
	if (container->state.stopped_by_user)
		return "shutdown";
	return container->state.exit_code == 0 ? "complete" : "failed";
}

static const char *error_of(const struct container *container, struct arena *arena)
{
	if (container->state.error)
		return container->state.error;
	if (container_is_live(container) || container->state.stopped_by_user ||
	    container->state.exit_code == 0)
		return "";
	return arena_format(arena, "task: non-zero exit (%d)", container->state.exit_code);
}

static const char *since_of(const struct container *container)
{
	if (container_is_live(container) && container->state.started_at)
		return container->state.started_at;
	return container->state.finished_at ? container->state.finished_at : container->created;
}

/* ------------------------------------------------------------------ tasks that were */

int stack_tasks_look(struct stack_tasks_seen *seen, const struct stack_change *change,
		     struct error *err)
{
	struct apply apply = *change->apply;

	apply.project = NULL;
	apply.project_name = change->stack->name;
	apply.services = NULL;
	*seen = (struct stack_tasks_seen){0};
	return apply_list(&apply, false, &seen->containers, &seen->count, change->arena, err);
}

static bool is_there(const struct stack_tasks_seen *now, const char *id)
{
	for (size_t i = 0; i < now->count; i++)
		if (strcmp(now->containers[i].id, id) == 0)
			return true;
	return false;
}

static json *past_task(const struct container *container, struct arena *arena)
{
	json *task = json_new_object();
	bool was_live = container_is_live(container);

	json_set_string(task, "id", arena_string_n(arena, container->id, ID_LENGTH));
	json_set_int(task, "slot", labels_number(container));
	json_set_string(task, "image", container->config.image);
	json_set_string(task, "state", was_live ? "shutdown" : state_of(container));
	json_set_string(task, "error", error_of(container, arena));
	json_set_string(task, "created", container->created);
	stack_set_now(task, "since");
	return task;
}

/* The newest ones of each slot stay. */
static void forget_old(json *tasks, int slot)
{
	int count = 0;

	for (size_t i = json_length(tasks); i-- > 0;)
		if (json_int(json_at(tasks, i), "slot", 0) == slot && ++count > MOST_PAST)
			json_object_array_del_idx(tasks, i, 1);
}

void stack_tasks_note(const struct stack_tasks_seen *seen, struct stack_change *change)
{
	struct stack_tasks_seen now;

	if (stack_tasks_look(&now, change, NULL) < 0)
		return;
	for (size_t i = 0; i < seen->count; i++) {
		const struct container *container = &seen->containers[i];
		const char *service = labels_service(container);
		json *tasks;

		if (is_there(&now, container->id) ||
		    !json_get(stack_services(change->stack), service))
			continue;
		tasks = stack_array(stack_record(change->stack, service), "tasks");
		json_add(tasks, past_task(container, change->arena));
		forget_old(tasks, labels_number(container));
	}
}

/* ------------------------------------------------------------------ a list */

struct task_list {
	struct stack_task *items;
	size_t count;
	struct arena *arena;
};

static struct stack_task *add_task(struct task_list *list, const struct stack_service *service)
{
	struct stack_task *task;

	list->items = arena_grow(list->arena, list->items, list->count, sizeof(*list->items));
	task = &list->items[list->count++];
	*task = (struct stack_task){.service = service->full_name, .service_id = service->id};
	return task;
}

static void add_container(struct task_list *list, const struct stack_service *service,
			  const struct container *container)
{
	struct stack_task *task = add_task(list, service);

	task->id = arena_string_n(list->arena, container->id, ID_LENGTH);
	task->container = container->id;
	task->slot = labels_number(container);
	task->image = container->config.image;
	task->state = state_of(container);
	task->is_wanted =
		container_is_live(container) || container->state.status == CONTAINER_CREATED;
	task->error = error_of(container, list->arena);
	task->created = container->created;
	task->since = since_of(container);
}

static void add_past(struct task_list *list, const struct stack_service *service, const json *past)
{
	struct stack_task *task = add_task(list, service);

	task->id = json_string(past, "id", "");
	task->slot = (int)json_int(past, "slot", 0);
	task->image = json_string(past, "image", "");
	task->state = json_string(past, "state", "shutdown");
	task->error = json_string(past, "error", "");
	task->created = json_string(past, "created", "");
	task->since = json_string(past, "since", "");
}

static int compare(const void *a, const void *b)
{
	const struct stack_task *x = a, *y = b;

	if (x->slot != y->slot)
		return x->slot < y->slot ? -1 : 1;
	return strcmp(y->created, x->created);
}

int stack_tasks_list(struct stack_task **tasks, size_t *count, const struct stack_service *service,
		     struct engine *engine, struct arena *arena, struct error *err)
{
	char *services[] = {(char *)service->name, NULL};
	const struct apply apply = {
		.engine = engine, .project_name = service->stack.name, .services = services};
	struct stack service_stack = service->stack;
	json *past = json_get(stack_record(&service_stack, service->name), "tasks");
	struct task_list list = {.arena = arena};
	struct container *containers;
	size_t container_count;

	if (apply_list(&apply, false, &containers, &container_count, arena, err) < 0)
		return -1;
	for (size_t i = 0; i < container_count; i++)
		if (!labels_is_hook(&containers[i]))
			add_container(&list, service, &containers[i]);
	for (size_t i = 0; i < json_length(past); i++)
		add_past(&list, service, json_at(past, i));
	if (list.count)
		qsort(list.items, list.count, sizeof(*list.items), compare);
	*tasks = list.items;
	*count = list.count;
	return 0;
}
