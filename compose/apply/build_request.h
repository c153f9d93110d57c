/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/build_request.h - what `build:` of a service asks of the builder.
 */
#pragma once

#include "builder/build.h"
#include "compose/apply/apply.h"

struct arena;
struct error;

struct build_wish {
	const struct apply *apply;
	const struct apply_build *options;
	const struct service *service;
	const char *platform; /* NULL: this host's */
};

/* Everything but contexts of other services, whose values stay "service:NAME". */
int build_request_fill(struct build_request *request, const struct build_wish *wish,
		       struct arena *arena, struct error *err);
/* The platforms that a service's image is to be for, NULL-terminated, empty for this host's:
 * with @one the one to run (as `up` needs it), else all of build.platforms. */
int build_request_platforms(char ***platforms, const struct build_wish *wish, bool one,
			    struct arena *arena, struct error *err);
/* The service behind "NAME=service:X" of additional_contexts; NULL: it is another kind. */
const char *build_request_service(const char *context);
/* Does @service's Dockerfile name this image? Of contexts that are no directories nobody knows. */
bool build_request_names(const struct service *service, const char *image);
/* "NAME=VALUE" rows: the file's under those of the command, unset ones from the project's
 * environment or left out. */
struct pair *build_request_args(const struct build_wish *wish, size_t *count, struct arena *arena);
/* The file's, and those by which the image belongs to the project. */
struct pair *build_request_labels(const struct build_wish *wish, size_t *count,
				  struct arena *arena);
