/* SPDX-License-Identifier: Apache-2.0 */
/* Services and stacks are taken away: first what runs, then what is written down, so that a killed
 * command can be repeated. */
#include "compose/stack/stack_change.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/pair.h"
#include "base/strvec.h"
#include "compose/apply/apply.h"
#include "compose/stack/stack_private.h"
#include "engine/engine.h"
#include "engine/labels.h"
#include "storage/secret/secret_store.h"

#include <string.h>

static struct apply request(const struct stack_change *change, char **services)
{
	struct apply apply = *change->apply;

	apply.project = NULL;
	apply.project_name = change->stack->name;
	apply.services = services;
	return apply;
}

/* Nobody waits for a service that is no more. */
static void forget_dependency(struct stack *stack, const char *service)
{
	json_each (name, other, stack_services(stack)) {
		(void)name;
		stack_drop(json_get(other, "depends_on"), service);
	}
}

int stack_remove_service(struct stack_change *change, const char *service, struct error *err)
{
	const struct layout *layout = &change->apply->engine->layout;
	char *services[] = {(char *)service, NULL};
	struct apply apply = request(change, services);

	if (apply_remove(&apply, true, false, err) < 0)
		return -1;
	if (stack_is_service(change->stack))
		return stack_remove(change, err);
	stack_drop(stack_services(change->stack), service);
	stack_drop(json_get(change->stack->document, "services"), service);
	forget_dependency(change->stack, service);
	return stack_save(change->stack, layout, err);
}

static int remove_stored(const struct stack_change *change, enum secret_kind kind,
			 struct error *err)
{
	const struct layout *layout = &change->apply->engine->layout;
	struct secret_object *objects;
	size_t count;

	if (secret_store_list(layout, kind, &objects, &count, change->arena, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		const char *stack =
			pair_find(objects[i].labels, objects[i].label_count, LABEL_STACK);

		if (stack && strcmp(stack, change->stack->name) == 0 &&
		    secret_store_remove(layout, kind, objects[i].name, err) < 0)
			return -1;
	}
	return 0;
}

int stack_remove(struct stack_change *change, struct error *err)
{
	const struct layout *layout = &change->apply->engine->layout;
	struct apply apply = request(change, NULL);
	struct apply_down down = {.timeout_ns = -1, .remove_orphans = true};

	if (apply_down(&apply, &down, err) < 0 ||
	    remove_stored(change, SECRET_STORE_SECRET, err) < 0 ||
	    remove_stored(change, SECRET_STORE_CONFIG, err) < 0)
		return -1;
	return stack_delete(layout, change->stack->name, err);
}
