/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/labels.h - door: the labels by which a container, network or volume belongs to a project:
 * Docker Compose's, so that scripts that filter on them go on working, and some of our own. What
 * they say is asked for here; their names are for who writes or filters.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct container;
struct pair;

#define LABEL_PROJECT	       "com.docker.compose.project"
#define LABEL_SERVICE	       "com.docker.compose.service"
#define LABEL_NUMBER	       "com.docker.compose.container-number"
#define LABEL_ONEOFF	       "com.docker.compose.oneoff" /* "True" or "False" */
#define LABEL_CONFIG_HASH      "com.docker.compose.config-hash"
#define LABEL_IMAGE	       "com.docker.compose.image"
#define LABEL_VERSION	       "com.docker.compose.version"
#define LABEL_WORKING_DIR      "com.docker.compose.project.working_dir"
#define LABEL_CONFIG_FILES     "com.docker.compose.project.config_files"
#define LABEL_ENVIRONMENT_FILE "com.docker.compose.project.environment_file"
#define LABEL_DEPENDS_ON       "com.docker.compose.depends_on" /* "service:condition:restart,…" */
/* "pre_start[0]" of the containers that hooks run in. */
#define LABEL_HOOK    "com.docker.compose.hook"
#define LABEL_SLUG    "com.docker.compose.slug"
#define LABEL_NETWORK "com.docker.compose.network"
#define LABEL_VOLUME  "com.docker.compose.volume"
/* Over the digests (keyed: storage/secret/secret_store.h) of a service's secrets and configs. */
#define LABEL_FILES_HASH "org.coracle.files-hash"
/* The id of the container whose place one was made to take. */
#define LABEL_REPLACES "org.coracle.replaces"
/* The image as the compose file names it, for down --rmi. */
#define LABEL_BUILT "org.coracle.built-image"

/* Docker's, of what belongs to a stack or is a service's. */
#define LABEL_STACK	       "com.docker.stack.namespace"
#define LABEL_SWARM_SERVICE    "com.docker.swarm.service.name"
#define LABEL_SWARM_SERVICE_ID "com.docker.swarm.service.id"

bool labels_are_of_project(const struct pair *labels, size_t count, const char *project);
/* Are the user's own labels among both the same? */
bool labels_are_equal(const struct pair *a, size_t a_count, const struct pair *b, size_t b_count);
/* Is @label ("NAME" or "NAME=value") one of Docker Compose's? */
bool labels_is_reserved(const char *label);
/* The same, or one of our own: what an image says with such labels counts for nothing. */
bool labels_is_internal(const char *label);

/* NULL for a container of no project. */
const char *labels_project(const struct container *container);
/* "" when it has none. */
const char *labels_service(const struct container *container);
/* Which replica it is, from 1 on; 0 for those that are none. */
int labels_number(const struct container *container);
bool labels_is_one_off(const struct container *container);
/* It runs or ran a pre_start hook. */
bool labels_is_hook(const struct container *container);
/* The id of the container whose place it was made to take; NULL for a first one. */
const char *labels_replaced(const struct container *container);
bool labels_depends_on(const struct container *container, const char *service);
/* The same, for edges that say restart: true. */
bool labels_restarts_with(const struct container *container, const char *service);
