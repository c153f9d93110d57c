/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry/config.h - door: registries.json: mirrors, insecure registries, time limits.
 *
 * What is read, in this order, the first file that exists: the file that CORACLE_REGISTRIES names,
 * /etc/coracle/registries.json, /etc/docker/daemon.json (of which only "registry-mirrors" and
 * "insecure-registries" count).
 */
#pragma once

#include "base/map.h"
#include "base/strvec.h"
#include "registry/settings.h"

#include <stdbool.h>

struct error;

struct config {
	struct map mirrors;	/* host to struct strvec of URLs */
	struct strvec insecure; /* hosts and networks */
	struct limits limits;
};

#define auto_config __attribute__((cleanup(config_release)))
void config_release(struct config *config);
/* ERROR_INVALID with "FILE:LINE:COLUMN: ". No file at all is fine. */
int config_load(struct config *config, struct error *err);
/* @name stands in messages. @is_daemon: a daemon.json, whose other members are somebody else's. */
int config_parse(struct config *config, const char *text, const char *name, bool is_daemon,
		 struct error *err);
/* URLs of the mirrors of @host ("docker.io"); NULL: none. */
const struct strvec *config_mirrors(const struct config *config, const char *host);
