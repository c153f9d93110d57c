/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/config/config.h - the bodies of create, update and connect as the engine wants them.
 *
 * Clients send every member that there is: null, "", [], {} and 0 mean that nothing was said.
 */
#pragma once

#include "base/json.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct container_config;
struct endpoint_request;
struct engine;
struct error;
struct request;
struct spec_resources;
struct spec_rlimit;
struct strvec;

/* What a body is read for. */
struct config_reading {
	struct engine *engine;
	struct container_config *config;
	struct arena *arena;
	struct strvec *warnings; /* what cannot be had, and is left out */
};

/* All of the body of create but the name. ERROR_INVALID, ERROR_UNSUPPORTED; ERROR_NOT_FOUND for
 * networks. */
int config_read(const struct config_reading *reading, const json *body, struct error *err);

/* Its parts. */
int config_read_process(const struct config_reading *reading, const json *body, struct error *err);
int config_read_host(const struct config_reading *reading, const json *host, struct error *err);
int config_read_mounts(const struct config_reading *reading, const json *body, struct error *err);
int config_read_network(const struct config_reading *reading, const json *body, struct error *err);
/* Limits as HostConfig and the body of update have them, @host, unchecked. */
int config_read_limits(struct spec_resources *limits, const json *host, struct arena *arena,
		       struct error *err);
/* [{"Name", "Soft", "Hard"}] */
int config_read_ulimits(struct spec_rlimit **limits, size_t *count, const json *list,
			struct arena *arena, struct error *err);
/* RestartPolicy of @host; nothing for "". */
int config_read_restart(struct container_config *config, const json *host, struct error *err);
/* What EndpointsConfig says of one network; its name is @network. */
int config_read_endpoint(struct endpoint_request *endpoint, const json *value, struct arena *arena,
			 struct error *err);

/* ---- members by tables ---- */

enum config_kind {
	CONFIG_TEXT,   /* const char *: NULL for "" */
	CONFIG_FLAG,   /* bool */
	CONFIG_LIST,   /* char **: NULL for [] */
	CONFIG_NUMBER, /* int64_t */
};

struct config_member {
	const char *name;
	enum config_kind kind;
	size_t offset;
};

/* Up to a row without a name. ERROR_INVALID names a member of another type. */
int config_read_members(void *out, const struct config_member *rows, const json *object,
			struct arena *arena, struct error *err);
/* A list of texts; NULL for an empty or absent one. */
int config_read_list(char ***out, const json *list, const char *name, struct arena *arena,
		     struct error *err);
int config_wrong_type(const char *name, const char *wanted, struct error *err);
