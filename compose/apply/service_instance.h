/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/service_instance.h - one container-to-be of a service, and what things are called.
 */
#pragma once

#include "compose/model/model.h"
#include "engine/container.h"

#include <stdbool.h>

struct arena;
struct service_file_set;

struct service_instance {
	const struct project *project;
	const struct service *service;
	int number;	      /* of the replica; 0: a one-off */
	bool has_aliases;     /* the service's name and aliases resolve to it */
	const char *name;     /* of the container */
	const char *replaces; /* the id of the container whose place it takes; NULL: none */
	const char *config_hash;
	const struct service_file_set *files; /* as service_files_load read them; NULL: none */
	const char *image_id;		      /* NULL: not known yet */
	struct engine *engine;		      /* to find the containers of service: modes */
};

/* "project-service-REST" (@rest may be NULL), with the project's own separator. */
const char *service_made_name(const struct project *project, const struct service *service,
			      const char *rest, struct arena *arena);
/* "project-service-1", or the service's container_name. */
const char *service_container_name(const struct project *project, const struct service *service,
				   int number, struct arena *arena);
/* The image that a service's containers run: image:, or "project-service" for a built one. */
const char *service_image(const struct project *project, const struct service *service,
			  struct arena *arena);
/* Its platform:, else what DOCKER_DEFAULT_PLATFORM says; NULL: this host's. */
const char *service_platform(const struct project *project, const struct service *service);
/* @err is why the service's @image cannot be used: one that is missing and would be built is not to
 * be pulled. Returns -1. */
int service_explain_image(const struct service *service, const char *image, struct error *err);
