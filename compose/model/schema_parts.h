/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/model/schema_parts.h - the sub-tables: objects inside services and networks.
 */
#pragma once

#include "compose/model/model.h"
#include "compose/model/schema.h"

#include "base/cleanup.h"

extern const struct shape schema_blkio, schema_build, schema_credential_spec, schema_dependency,
	schema_deploy, schema_develop, schema_device, schema_env_file, schema_gpu,
	schema_healthcheck, schema_hook, schema_ipam, schema_logging, schema_port, schema_pre_start,
	schema_provider, schema_service_config, schema_service_network, schema_service_secret,
	schema_service_volume, schema_ulimit;

/* A row: FIELD(struct, member, key, kind, more designated members). */
#define FIELD(type, member, name, what, ...)                                                       \
	{                                                                                          \
		.key = (name), .kind = (what), .offset = offsetof(struct type, member),            \
		__VA_ARGS__                                                                        \
	}
/* A table's shape; more: .expand, .identity, … */
#define SHAPE(type, title, rows, ...)                                                              \
	{                                                                                          \
		.name = (title), .fields = (rows), .count = array_length(rows),                    \
		.size = sizeof(struct type), __VA_ARGS__                                           \
	}
#define WORDS(...)                                                                                 \
	.words = (const char *const[])                                                             \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}
