/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Volumes.
 */
#include "api/endpoints.h"

#include "api/answer.h"
#include "api/body.h"
#include "api/prune.h"
#include "api/request.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/map.h"
#include "base/strvec.h"
#include "describe/filters.h"
#include "describe/objects.h"
#include "describe/pruning.h"
#include "engine/volume_use.h"

#include <string.h>

#define PRUNE_NAMED_SINCE 42 /* before, prune took named volumes, too */

static int list(struct request *request, const struct strvec *filters, struct error *err)
{
	auto_map struct map used = {0};
	struct volume *volumes;
	json *answer, *items;
	size_t count;

	if (volume_list(&request->engine->layout, &volumes, &count, &request->arena, err) < 0)
		return -1;
	if (filters_ask(filters, "dangling") && volume_use_list(request->engine, &used, err) < 0)
		return -1;
	items = json_new_array();
	for (size_t i = 0; i < count; i++) {
		const struct volume_filters_subject subject = {&volumes[i], &used};

		if (filters_fit(volume_filters, filters, &subject))
			json_add(items, describe_volume(&volumes[i]));
	}
	answer = json_new_object();
	json_set(answer, "Volumes", items);
	json_set(answer, "Warnings", NULL);
	answer_json(request, 200, answer);
	return 0;
}

int endpoint_volume_list(struct request *request, struct error *err)
{
	auto_strvec struct strvec filters = {0};

	if (request_filters(request, volume_filters, &filters, err) < 0)
		return -1;
	return list(request, &filters, err);
}

int endpoint_volume_inspect(struct request *request, struct error *err)
{
	struct volume volume = {0};

	if (volume_load(&request->engine->layout, request->name, &volume, &request->arena, err) < 0)
		return -1;
	answer_json(request, 200, describe_volume(&volume));
	return 0;
}

static int create(struct request *request, const json *body, struct error *err)
{
	const char *driver = body_text(body, "Driver");
	struct volume volume = {
		.name = body_text(body, "Name"),
		.driver = driver ? driver : "local",
	};

	volume.labels =
		pair_from_json(json_get(body, "Labels"), &volume.label_count, &request->arena);
	volume.options =
		pair_from_json(json_get(body, "DriverOpts"), &volume.option_count, &request->arena);
	if (strcmp(volume.driver, "local") != 0)
		return error_set(err, ERROR_NOT_FOUND, "plugin \"%s\" not found", volume.driver);
	if (volume_create(&request->engine->layout, &volume, &request->arena, err) < 0)
		return -1;
	answer_json(request, 201, describe_volume(&volume));
	return 0;
}

int endpoint_volume_create(struct request *request, struct error *err)
{
	auto_json json *body = NULL;

	if (request_json(request, &body, err) < 0)
		return -1;
	return create(request, body, err);
}

int endpoint_volume_delete(struct request *request, struct error *err)
{
	struct error reason = {0};

	if (volume_use_remove(request->engine, request->name, &reason) < 0 &&
	    !(reason.code == ERROR_NOT_FOUND && request_flag(request, "force")))
		return error_pass(err, &reason);
	answer_empty(request, 204);
	return 0;
}

int endpoint_volume_prune(struct request *request, struct error *err)
{
	auto_strvec struct strvec filters = {0};
	auto_pruning struct pruning pruning = {.engine = request->engine, .filters = &filters};

	if (request_filters(request, volume_filters_of_prune, &filters, err) < 0)
		return -1;
	pruning.all = prune_take_flag(&filters, "all", request->version < PRUNE_NAMED_SINCE);
	if (pruning_volumes(&pruning, err) < 0)
		return -1;
	prune_answer(request, "VolumesDeleted", &pruning);
	return 0;
}
