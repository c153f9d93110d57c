/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/routes.h - which endpoint answers a request: one table of all of them.
 */
#pragma once

#include "api/endpoints.h"
#include "api/settings.h"

#include <stdbool.h>

struct request;

struct route {
	/* "GET" answers HEAD, too; several are separated by blanks. */
	const char *methods;
	/* Behind the version. {} is a name, which may have slashes. */
	const char *pattern;
	enum api_settings_group group;
	/* Nothing is changed, and nothing comes out that is in files, streams or logs. */
	bool is_harmless;
	api_endpoint *answer;
};

/* NULL: there is none. @name: what stands for {}, of the request's memory. */
const struct route *routes_find(struct request *request, const char **name);
/* Answers the request, whatever comes of it. */
void routes_answer(struct request *request);
