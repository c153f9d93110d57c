/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/labels.h - door: the labels by which a container, network or volume belongs to a project:
 * Docker Compose's, so that scripts that filter on them go on working, and two of our own.
 */
#pragma once

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
/* The image as the compose file names it, for down --rmi. */
#define LABEL_BUILT "org.coracle.built-image"
