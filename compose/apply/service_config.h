/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/service_config.h - from a service of the model to a container's configuration.
 */
#pragma once

#include "compose/model/model.h"
#include "engine/container.h"

struct service_file_set;

struct service_instance {
	const struct project *project;
	const struct service *service;
	int number;	  /* of the replica; 0: a one-off */
	bool has_aliases; /* the service's name and aliases resolve to it */
	const char *name; /* of the container */
	const char *config_hash;
	const struct service_file_set *files; /* as service_files_load read them; NULL: none */
	const char *image_id;		      /* NULL: not known yet */
	struct engine *engine;		      /* to find the containers of service: modes */
};

/* Everything but what a plan decides about old containers. Strings and arrays from @arena and from
 * the project. ERROR_NOT_FOUND when a donor (network_mode: service:x, volumes_from) has no
 * container; errors name the service. */
int service_config_build(struct container_config *config, const struct service_instance *instance,
			 struct arena *arena, struct error *err);

/* "project-service-1", or the service's container_name. */
const char *service_container_name(const struct project *project, const struct service *service,
				   int number, struct arena *arena);
/* The image that a service's containers run: image:, or "project-service" for a built one. */
const char *service_image(const struct project *project, const struct service *service,
			  struct arena *arena);
/* Docker's short volume and port syntax on the command line (run -v, -p). */
int service_config_add_volume(struct container_config *config, const char *text,
			      const char *directory, struct arena *arena, struct error *err);
int service_config_add_port(struct container_config *config, const char *text, struct arena *arena,
			    struct error *err);
