/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/apply_private.h - what the apply_*.c files share.
 */
#pragma once

#include "compose/apply/actual.h"
#include "compose/apply/apply.h"
#include "compose/apply/executor.h"
#include "compose/apply/plan.h"

void apply_report(const struct apply *apply, enum apply_event_kind kind, const char *object,
		  const char *action, const char *detail);
/* The same for "Container NAME". */
void apply_report_container(const struct apply *apply, enum apply_event_kind kind, const char *name,
			    const char *action, const char *detail);
const char *apply_name(const struct apply *apply);
/* ECANCELED when apply->cancel_fd says stop. */
int apply_check_cancelled(const struct apply *apply, struct error *err);

/* apply_resources.c: networks and volumes that the selected services use, or all of them if
 * @options say so. @options NULL: what `up` does without any. */
int apply_ensure_resources(const struct apply *apply, const struct plan_service *services,
			   size_t count, const struct apply_up *options, struct arena *arena,
			   struct error *err);
/* Detaches @containers and removes the project's networks in one go; those that others use stay. */
int apply_remove_networks(const struct apply *apply, struct container **containers, size_t count,
			  struct arena *arena, struct error *err);

/* apply_volumes.c: the part of apply_ensure_resources, and `down -v`. */
int apply_ensure_volumes(const struct apply *apply, const struct plan_service *services,
			 size_t count, const struct apply_up *options, struct arena *arena,
			 struct error *err);
/* Until the containers that mount them are made, nobody removes them for being used by none.
 * Returns a descriptor to close. */
int apply_hold_volumes(const struct apply *apply, const struct plan_service *services, size_t count,
		       const struct apply_up *options, struct error *err);
int apply_remove_volumes(const struct apply *apply, struct arena *arena, struct error *err);

/* apply_pull.c: pulls what the policies of @services ask for before containers are made of it. */
int apply_pull_needed(const struct apply *apply, const struct apply_up *options,
		      const struct plan_service *services, size_t count, struct arena *arena,
		      struct error *err);

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
/* apply_provider.c: tells the providers among @services, which are in dependency order, to come up;
 * what they set gets into the environment of copies of the services that depend on them. */
int apply_provide(const struct apply *apply, struct plan_service *services, size_t count,
		  struct arena *arena, struct error *err);
/* Tells the selected ones to go down. */
int apply_unprovide(const struct apply *apply, struct arena *arena, struct error *err);

/* apply_roll.c: replaces running replicas batch by batch, as deploy.update_config says. */
struct apply_roll_pair {
	/* The running one (NULL: a further replica) and its successor, created. */
	struct container *sides[2];
	const char *name; /* that of the one that runs */
	bool is_updated;  /* afterwards: the successor is the one that is left */
	bool has_failed;  /* private */
};
struct apply_roll {
	const struct apply *apply;
	const struct service *service;
	struct apply_roll_pair *pairs;
	size_t count;
	int64_t timeout_ms;   /* for stopping; -1: each its own */
	bool may_start_first; /* both sides of a pair can run at the same time */
	struct arena *arena;
};
int apply_roll(struct apply_roll *roll, struct error *err);
/* apply_roll_plan.c: marks the steps that are rolled (plan_step.rolls) instead of replaced at once,
 * and rolls them when all others have started. */
void apply_roll_choose(struct plan *plan, const struct project *project);
int apply_roll_services(struct plan *plan, struct start_set *set, int64_t timeout_ns,
			struct error *err);

/* apply_pre_start.c: adds the containers of hooks that are due as items before the replicas. */
int apply_pre_start_add(struct start_set *set, struct error *err);
/* 1 when the hooks that come before @item have succeeded, 0 not yet, -1 when one has failed. */
int apply_pre_start_ready(const struct start_set *set, const struct executor_item *item,
			  struct error *err);
/* Removes the hooks' containers, except those that failed. */
int apply_pre_start_finish(const struct start_set *set, struct error *err);
/* Waits until every container of @set is running, or healthy where it has a check. */
int apply_wait_ready(struct start_set *set, int64_t timeout_ns, struct error *err);
/* Waits until what @service depends on is in the condition that it asks for; set->present holds the
 * containers to look at. */
int apply_wait_conditions(struct start_set *set, const struct service *service, struct error *err);
