/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply_parts.h - what the apply_*.c files share.
 */
#pragma once

#include "compose/actual.h"
#include "compose/apply.h"
#include "compose/executor.h"
#include "compose/plan.h"

void apply_report(const struct apply *apply, enum apply_event_kind kind, const char *object,
		  const char *action, const char *detail);
/* The same for "Container NAME". */
void apply_report_container(const struct apply *apply, enum apply_event_kind kind, const char *name,
			    const char *action, const char *detail);
const char *apply_name(const struct apply *apply);
/* ECANCELED when apply->cancel_fd says stop. */
int apply_check_cancelled(const struct apply *apply, struct error *err);

/* apply_resources.c: networks and volumes that the selected services use (or all). */
int apply_ensure_resources(const struct apply *apply, const struct plan_service *services,
			   size_t count, bool all, struct arena *arena, struct error *err);
/* Detaches @containers and removes the project's networks in one go; those that others use stay. */
int apply_remove_networks(const struct apply *apply, struct container **containers, size_t count,
			  struct arena *arena, struct error *err);
int apply_remove_volumes(const struct apply *apply, struct arena *arena, struct error *err);

/* apply_stop.c: stops @containers, dependents before what they depend on, and runs pre_stop hooks.
 */
struct stop_options {
	int64_t timeout_ms;  /* -1: each its own */
	bool is_for_removal; /* the containers' network is left to whoever removes them */
};
int apply_stop_containers(const struct apply *apply, struct container **containers, size_t count,
			  const struct stop_options *options, struct arena *arena,
			  struct error *err);
int apply_remove_containers(const struct apply *apply, struct container **containers, size_t count,
			    unsigned flags, struct error *err);

/* post_start or pre_stop of the container's service. */
int apply_run_hooks(const struct apply *apply, const struct container *container, bool after_start,
		    struct error *err);

/* apply_start.c: starts the items when their dependencies' conditions hold. */
struct start_set {
	const struct apply *apply;
	struct executor_item *items; /* owner: struct service */
	size_t count;
	const struct plan_service *services; /* those that count as present */
	size_t service_count;
	struct container **present; /* running ones that are not items; NULL-terminated */
	bool no_deps;
	struct arena *arena;
};
int apply_start_set(struct start_set *set, struct error *err);
/* Waits until every container of @set is running, or healthy where it has a check. */
int apply_wait_ready(struct start_set *set, int64_t timeout_ns, struct error *err);
/* Waits until what @service depends on is in the condition that it asks for; set->present holds the
 * containers to look at. */
int apply_wait_conditions(struct start_set *set, const struct service *service, struct error *err);
