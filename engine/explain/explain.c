/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/explain/explain.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "engine/explain/explain_private.h"
#include "engine/labels.h"

#include <string.h>

void explain_release(struct explanation *explanation)
{
	strvec_release(&explanation->lines);
}

const char *explain_status(const struct container *container, struct arena *arena)
{
	const char *word = container_statuses[container->state.status];

	return container->state.status == CONTAINER_EXITED
		       ? arena_format(arena, "%s with %d", word, container->state.exit_code)
		       : word;
}

const char *explain_networks(const struct container *container, struct arena *arena)
{
	auto_strbuf struct strbuf text = {0};

	for (size_t i = 0; i < container->state.endpoint_count; i++)
		strbuf_printf(&text, "%s%s", i ? ", " : "", container->state.endpoints[i].network);
	return arena_string(arena, strbuf_text(&text));
}

bool explain_is_isolated(const struct container *container)
{
	for (size_t i = 0; i < container->state.endpoint_count; i++)
		if (!container->state.endpoints[i].internal)
			return false;
	return container->state.endpoint_count > 0;
}

/* The first replica that runs; else the first. */
static int find_of_service(struct engine *engine, const char *service, struct container *container,
			   struct arena *arena, struct error *err)
{
	char *labels[] = {arena_format(arena, LABEL_SERVICE "=%s", service), NULL};
	struct container *all;
	size_t count, chosen = 0;

	if (container_list(engine, labels, &all, &count, arena, err) < 0)
		return -1;
	for (size_t i = count; i-- > 0;) {
		if (strcmp(labels_project(&all[i]), labels_project(&all[0])) != 0)
			return error_set(err, ERROR_CONFLICT,
					 "several projects have a service \"%s\": name a container "
					 "(%s, %s, ...)",
					 service, all[0].name, all[i].name);
		if (container_is_live(&all[i]))
			chosen = i;
	}
	if (count == 0)
		return error_set(err, ERROR_NOT_FOUND, "no container or service is called '%s'",
				 service);
	*container = all[chosen];
	return 0;
}

int explain_find(struct engine *engine, const char *name, struct container *container,
		 struct arena *arena, struct error *err)
{
	struct error reason = {0};

	if (container_find(engine, name, container, arena, &reason) == 0)
		return 0;
	return reason.code == ERROR_NOT_FOUND ? find_of_service(engine, name, container, arena, err)
					      : error_pass(err, &reason);
}
