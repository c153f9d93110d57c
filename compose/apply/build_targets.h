/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/build_targets.h - which images are built for which services.
 */
#pragma once

#include "base/json.h"
#include "compose/apply/build_request.h"

#include <stddef.h>

/* One image. */
struct build_target {
	const struct service *service; /* the first one that asks for it */
	const char *image;
	const char *key;	     /* of what is built and how: those with the same are one */
	char **platforms;	     /* NULL-terminated; empty: this host's */
	size_t first_job, job_count; /* for who builds it */
};

struct build_targets {
	const struct apply *apply;
	const struct apply_build *options; /* NULL: none */
	bool one_platform;
	struct build_target *items;
	size_t count;
	struct arena *arena;
};

/* @service's image and those of the services that are contexts of it. */
int build_targets_add(struct build_targets *targets, const struct service *service,
		      struct error *err);
/* The target that makes @service's image; NULL: it is not among them. */
struct build_target *build_targets_find(const struct build_targets *targets, const char *service);
/* A file for `docker buildx bake`. */
json *build_targets_document(const struct build_targets *targets);
