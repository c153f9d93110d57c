/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Containers are created, and their limits changed.
 */
#include "api/endpoints.h"

#include "api/answer.h"
#include "api/config/config.h"
#include "api/failure.h"
#include "api/request.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strvec.h"
#include "engine/container.h"
#include "engine/container_update.h"

#include <string.h>

static int create(struct request *request, const json *body, struct strvec *warnings,
		  struct error *err)
{
	const char *name = request_query(request, "name", NULL);
	struct container_config config;
	const struct config_reading reading = {request->engine, &config, &request->arena, warnings};
	struct container container;
	json *document;

	if (config_read(&reading, body, err) < 0)
		return -1;
	config.name = name ? name + (*name == '/') : NULL;
	config.platform = request_query(request, "platform", NULL);
	if (container_resolve(request->engine, &config, &request->arena, err) < 0 ||
	    container_create(request->engine, &config, &container, &request->arena, err) < 0)
		return -1;
	document = json_new_object();
	json_set_string(document, "Id", container.id);
	json_set(document, "Warnings", json_from_strings(warnings->items));
	answer_json(request, 201, document);
	return 0;
}

int endpoint_container_create(struct request *request, struct error *err)
{
	auto_strvec struct strvec warnings = {0};
	auto_json json *body = NULL;
	struct error reason = {0};

	if (request_json(request, &body, err) < 0)
		return -1;
	if (!body)
		return error_set(err, ERROR_INVALID, "invalid JSON: the body is empty");
	if (create(request, body, &warnings, &reason) == 0)
		return 0;
	/* Clients pull the image for any 404. */
	if (failure_status(&reason) != 404 || reason.fact == FACT_NO_IMAGE)
		return error_pass(err, &reason);
	failure_answer_as(request, 400, &reason);
	return 0;
}

int endpoint_container_update(struct request *request, struct error *err)
{
	auto_json json *body = NULL;
	struct container_config config = {0};
	struct container_update update = {0};
	struct container container;
	json *document;

	if (request_json(request, &body, err) < 0 ||
	    config_read_limits(&update.limits, body, &request->arena, err) < 0 ||
	    config_read_restart(&config, body, err) < 0 ||
	    request_container(request, &container, err) < 0)
		return -1;
	if (*json_string(json_get(body, "RestartPolicy"), "Name", ""))
		update.restart = &config.restart;
	if (container_update(request->engine, container.id, &update, err) < 0)
		return -1;
	document = json_new_object();
	json_set(document, "Warnings", NULL);
	answer_json(request, 200, document);
	return 0;
}
