/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/apply/actual.h"

#include "base/arena.h"
#include "base/error.h"
#include "engine/labels.h"

#include <stdlib.h>
#include <string.h>

static const char *label(const struct container *container, const char *name)
{
	const char *value = container_label(container, name);

	return value ? value : "";
}

const char *actual_service(const struct container *container)
{
	return label(container, LABEL_SERVICE);
}

int actual_number(const struct container *container)
{
	return (int)strtol(label(container, LABEL_NUMBER), NULL, 10);
}

bool actual_is_one_off(const struct container *container)
{
	return strcmp(label(container, LABEL_ONEOFF), "True") == 0;
}

bool actual_is_hook(const struct container *container)
{
	return container_label(container, LABEL_HOOK);
}

static int by_service_and_number(const void *a, const void *b)
{
	const struct container *left = a, *right = b;
	int difference = actual_is_one_off(left) - actual_is_one_off(right);

	if (!difference)
		difference = strcmp(actual_service(left), actual_service(right));
	if (!difference)
		difference = actual_number(left) - actual_number(right);
	return difference ? difference : strcmp(left->name, right->name);
}

int actual_load(struct actual *actual, struct engine *engine, const char *project,
		struct arena *arena, struct error *err)
{
	char *labels[] = {arena_format(arena, LABEL_PROJECT "=%s", project), NULL};

	if (container_list(engine, labels, &actual->containers, &actual->count, arena, err) < 0)
		return -1;
	if (actual->count > 1)
		qsort(actual->containers, actual->count, sizeof(*actual->containers),
		      by_service_and_number);
	return 0;
}

struct container *actual_find(const struct actual *actual, const char *service, int number)
{
	struct container *found = NULL;

	for (size_t i = 0; i < actual->count; i++) {
		struct container *container = &actual->containers[i];

		if (actual_is_one_off(container) || actual_number(container) != number ||
		    strcmp(actual_service(container), service) != 0)
			continue;
		if (!found || strcmp(container->created, found->created) > 0)
			found = container;
	}
	return found;
}

bool actual_depends_on(const struct container *container, const char *service)
{
	const char *at = label(container, LABEL_DEPENDS_ON);
	size_t length = strlen(service);

	while (*at) {
		if (strncmp(at, service, length) == 0 && (at[length] == ':' || at[length] == ','))
			return true;
		at += strcspn(at, ",");
		at += *at == ',';
	}
	return false;
}
