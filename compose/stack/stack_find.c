/* SPDX-License-Identifier: Apache-2.0 */
/* Services among all stacks, by what people call them. */
#include "compose/stack/stack.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "base/strvec.h"
#include "compose/stack/stack_private.h"

#include <stdlib.h>
#include <string.h>

struct service_list {
	struct stack_service *items;
	size_t count;
	struct arena *arena;
};

/* The stack is shared: each of its services holds its document. */
static void add_services(struct service_list *list, struct stack *stack)
{
	json_each (name, service, stack_services(stack)) {
		(void)service;
		list->items =
			arena_grow(list->arena, list->items, list->count, sizeof(*list->items));
		list->items[list->count++] = (struct stack_service){
			.stack = {stack->name, json_object_get(stack->document)},
			.name = name,
			.full_name = stack_full_name(stack, name, list->arena),
			.id = json_string(stack_record(stack, name), "id", ""),
		};
	}
}

static int compare(const void *a, const void *b)
{
	const struct stack_service *x = a, *y = b;

	return strcmp(x->full_name, y->full_name);
}

void stack_release_services(struct stack_service *services, size_t count)
{
	for (size_t i = 0; i < count; i++)
		stack_release(&services[i].stack);
}

int stack_list_services(struct stack_service **services, size_t *count, const struct layout *layout,
			const char *stack, struct arena *arena, struct error *err)
{
	auto_strvec struct strvec names = {0};
	struct service_list list = {.arena = arena};

	*services = NULL;
	*count = 0;
	if (stack)
		strvec_add(&names, stack);
	else if (stack_list(layout, &names, err) < 0)
		return -1;
	strvec_each (name, &names) {
		auto_stack struct stack one = {0};
		struct error reason = {0};

		if (stack_load(&one, layout, *name, &reason) == 0)
			add_services(&list, &one);
		else if (stack && reason.code != ERROR_NOT_FOUND)
			return error_pass(err, &reason);
		else if (reason.code != ERROR_NOT_FOUND) /* hides no other's services */
			log_warning_once("%s", reason.text);
	}
	if (list.count)
		qsort(list.items, list.count, sizeof(*list.items), compare);
	*services = list.items;
	*count = list.count;
	return 0;
}

/* By name or whole id; else by an id's beginning, where only one has it. */
static const struct stack_service *choose(const struct stack_service *services, size_t count,
					  const char *text, struct error *err)
{
	const struct stack_service *found = NULL;

	for (size_t i = 0; i < count; i++)
		if (strcmp(services[i].full_name, text) == 0 || strcmp(services[i].id, text) == 0)
			return &services[i];
	for (size_t i = 0; i < count && *text; i++) {
		if (strncmp(services[i].id, text, strlen(text)) != 0)
			continue;
		if (found) {
			error_set(err, ERROR_CONFLICT, "service %s is ambiguous", text);
			return NULL;
		}
		found = &services[i];
	}
	if (!found)
		error_set(err, ERROR_NOT_FOUND, "no such service: %s", text);
	return found;
}

int stack_find_service(struct stack_service *service, const struct layout *layout, const char *text,
		       struct arena *arena, struct error *err)
{
	const struct stack_service *found;
	struct stack_service *services;
	size_t count;

	*service = (struct stack_service){0};
	if (stack_list_services(&services, &count, layout, NULL, arena, err) < 0)
		return -1;
	found = choose(services, count, text, err);
	if (found) {
		*service = *found;
		json_object_get(service->stack.document);
	}
	stack_release_services(services, count);
	return found ? 0 : -1;
}
