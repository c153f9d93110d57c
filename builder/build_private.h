/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/build_private.h - one build under way.
 */
#pragma once

#include "builder/build.h"
#include "builder/plan.h"
#include "storage/build_cache/build_hold.h"
#include "storage/staging.h"

#include <sys/types.h>

struct build {
	struct engine *engine;
	const struct build_request *request;
	struct arena *arena;
	struct staging staging;
	struct context context;
	struct dockerfile dockerfile;
	struct plan plan;
	struct pair *args; /* --build-arg: each name once, with its value */
	size_t arg_count;
	char **proxies;	      /* "NAME=value" of them */
	const char *platform; /* what is built for */
	bool has_epoch;	      /* SOURCE_DATE_EPOCH */
	int64_t epoch_s;
	const char *transport, *ssh_auth_socket;
	pid_t *agents; /* of ssh keys */
	size_t agent_count;
	struct build_hold *hold;
	struct cache_exchange *exchange; /* NULL: no cache but our own */
	int caller_fd;			 /* readable: the caller wants no more of it; -1 */
	int cancel_fd;			 /* readable: whatever runs has to end */
	struct build_result *result;
};

/* Nothing is open yet. */
#define BUILD_CLOSED                                                                               \
	{                                                                                          \
		.staging = STAGING_CLOSED, .context = {.fd = -1}, .cancel_fd = -1, .caller_fd = -1 \
	}
