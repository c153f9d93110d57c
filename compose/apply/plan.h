/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/plan.h - the difference between what the model wants and what exists, as steps.
 * Pure: nothing is read or changed here.
 */
#pragma once

#include "compose/apply/actual.h"
#include "compose/model/model.h"

struct arena;
struct error;
struct service_file_set;

/* One selected service and what is known about its containers-to-be. */
struct plan_service {
	const struct service *service;
	int replicas;
	const char *hash, *files_hash;
	const struct service_file_set *files; /* to say which one has changed; NULL: nobody knows */
	char ***image_layers; /* of its volumes in order; NULL for what is no image or not here */
	const char *image_id; /* NULL: the image is not here */
	bool is_named;	      /* asked for itself, not only as a dependency */
};

struct plan_options {
	bool no_recreate, force_recreate, always_recreate_deps, remove_orphans;
	bool keep_scale; /* do not remove surplus replicas (run, start of dependencies) */
};

enum plan_kind {
	PLAN_KEEP, /* as it is; started when it does not run */
	PLAN_CREATE,
	PLAN_RECREATE, /* a new one takes the place and name of @container */
	PLAN_RESTART,  /* stays, but its dependency (restart: true) is replaced */
	PLAN_REMOVE,
};

struct plan_step {
	enum plan_kind kind;
	const struct plan_service *service; /* NULL for orphans */
	int number;
	struct container *container; /* NULL for PLAN_CREATE */
	struct container *replaced;  /* for who executes the steps */
	bool rolls;		     /* likewise: by apply_roll */
	const char *reason;	     /* why it is recreated or removed */
};

struct plan {
	struct plan_step
		*steps; /* services in dependency order, replicas by number, removals last */
	size_t count;
	struct container **orphans; /* found and left alone; NULL-terminated */
};

struct plan_input {
	const struct project *project;
	const struct actual *actual;
	const struct plan_service *services; /* in dependency order */
	size_t service_count;
	const struct plan_options *options;
};

void plan_build(struct plan *plan, const struct plan_input *input, struct arena *arena);

struct plan_selection {
	struct plan_service *services;
	size_t count;
};

/* The services named in @names (NULL: all) with their dependencies (unless @no_deps), dependencies
 * first; only service and is_named are set. ERROR_NOT_FOUND: "no such service: x". */
int plan_select(struct plan_selection *selection, const struct project *project, char *const *names,
		bool no_deps, struct arena *arena, struct error *err);
