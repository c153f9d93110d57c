/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Containers as they are: the list, and one.
 */
#include "api/endpoints.h"

#include "api/answer.h"
#include "api/request.h"
#include "api/settings.h"
#include "base/error.h"
#include "base/strvec.h"
#include "describe/catalog.h"
#include "describe/filters.h"
#include "describe/objects.h"
#include "engine/container.h"

#include <stdint.h>
#include <string.h>

struct list_wish {
	struct strvec filters;
	bool all;
	int64_t limit; /* the newest, whatever they do; <1: all */
};

static bool fits(const struct list_wish *wish, struct catalog *catalog,
		 const struct container *container)
{
	const struct container_filters_subject subject = {container, catalog};

	return filters_fit(container_filters, &wish->filters, &subject) &&
	       (wish->all || wish->limit > 0 || filters_ask(&wish->filters, "status") ||
		filters_ask(&wish->filters, "exited") || container_is_live(container));
}

static int list(struct request *request, const struct list_wish *wish, struct error *err)
{
	auto_catalog struct catalog catalog = {
		.engine = request->engine,
		.is_full = true,
		.with_sizes = request_flag(request, "size"),
	};
	size_t count, left = wish->limit > 0 ? (size_t)wish->limit : SIZE_MAX;
	struct container *containers;
	json *items;

	container_heal_all(request->engine);
	if (container_filters_check(request->engine, &wish->filters, err) < 0 ||
	    container_list(request->engine, NULL, &containers, &count, &request->arena, err) < 0)
		return -1;
	items = json_new_array();
	for (size_t i = count; left > 0 && i-- > 0;) { /* the newest first */
		if (!fits(wish, &catalog, &containers[i]))
			continue;
		json_add(items, describe_container_item(&containers[i], &catalog));
		left--;
	}
	answer_json(request, 200, items);
	return 0;
}

int endpoint_container_list(struct request *request, struct error *err)
{
	struct list_wish wish = {.all = request_flag(request, "all")};
	int result = request_number(request, "limit", &wish.limit, err);

	if (result == 0)
		result = request_filters(request, container_filters, &wish.filters, err);
	if (result == 0)
		result = list(request, &wish, err);
	strvec_release(&wish.filters);
	return result;
}

/* Names of variables alone: their values may be passwords. */
static void redact(json *document)
{
	json *env = json_path(document, "Config", "Env", NULL);
	json *names = json_new_array();

	for (size_t i = 0; i < json_length(env); i++) {
		const char *entry = json_string_at(env, i);

		json_add(names, json_new_string(entry, strcspn(entry, "=")));
	}
	json_set(json_get(document, "Config"), "Env", names);
}

int endpoint_container_inspect(struct request *request, struct error *err)
{
	struct container container;
	json *document;

	if (request_container(request, &container, err) < 0)
		return -1;
	document = describe_container(&container, request->engine, request_flag(request, "size"));
	if (request->settings->is_env_redacted)
		redact(document);
	answer_json(request, 200, document);
	return 0;
}
