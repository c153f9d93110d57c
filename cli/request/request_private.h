/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/request/request_private.h - the parts of request_fill.
 */
#pragma once

#include "cli/request/request.h"

#include "base/arena.h"
#include "base/error.h"
#include "engine/container.h"

#include <string.h>

struct request {
	const struct request_options *options;
	struct container_config *config;
	struct arena *arena;
};

typedef int request_part(struct request *request, struct error *err);

request_part request_fill_process, request_fill_health, request_fill_limits, request_fill_blkio,
	request_fill_mounts, request_fill_network, request_fill_modes, request_fill_devices;

/* "type=bind,source=…,target=…"; a relative source begins at @directory. */
int request_mount_parse(struct container_mount *mount, const char *text, const char *directory,
			struct arena *arena, struct error *err);
/* There is one driver of volumes. */
int request_check_volume_driver(const char *driver, struct error *err);
/* "NAME" or "name=NAME,alias=…,ip=…,driver-opt=…". */
int request_endpoint_parse(struct endpoint_request *endpoint, const char *text, struct arena *arena,
			   struct error *err);
