/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/apply/actual.h"

#include "base/arena.h"
#include "base/error.h"
#include "engine/labels.h"

#include <stdlib.h>
#include <string.h>

static int by_service_and_number(const void *a, const void *b)
{
	const struct container *left = a, *right = b;
	int difference = labels_is_one_off(left) - labels_is_one_off(right);

	if (!difference)
		difference = strcmp(labels_service(left), labels_service(right));
	if (!difference)
		difference = labels_number(left) - labels_number(right);
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

		if (labels_is_one_off(container) || labels_number(container) != number ||
		    strcmp(labels_service(container), service) != 0)
			continue;
		if (!found || strcmp(container->created, found->created) > 0)
			found = container;
	}
	return found;
}
