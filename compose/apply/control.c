/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Start, restart, kill and pause: containers that are there are made to do something else.
 */
#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "base/units.h"
#include "compose/apply/actual.h"
#include "compose/apply/apply_private.h"
#include "compose/apply/conditions.h"
#include "compose/apply/containers.h"
#include "compose/apply/executor.h"
#include "compose/apply/interruption.h"
#include "compose/apply/plan.h"
#include "compose/apply/start_set.h"
#include "compose/apply/starter.h"
#include "compose/apply/wait.h"
#include "engine/labels.h"

#include <string.h>

/* The services asked for and what they need; existing containers only. */
static int start(const struct apply *apply, bool wait, int64_t wait_timeout_ns, struct error *err)
{
	auto_arena struct arena arena = {0};
	struct start_set set = {.apply = apply, .settles = wait, .arena = &arena};
	struct plan_selection selection;
	struct actual actual;
	size_t present = 0;

	if (!apply->project)
		return error_set(err, ERROR_NOT_FOUND,
				 "starting needs the compose file, for the order of the services");
	if (plan_select(&selection, apply->project, apply->services, false, &arena, err) < 0 ||
	    actual_load(&actual, apply->engine, apply_name(apply), &arena, err) < 0 ||
	    apply_finish_stops(apply, actual.containers, actual.count, &arena, err) < 0)
		return -1;
	set.services = selection.services;
	set.service_count = selection.count;
	set.items = arena_array(&arena, actual.count + 1, sizeof(*set.items));
	set.present = arena_array(&arena, actual.count + 1, sizeof(*set.present));
	for (size_t i = 0; i < set.service_count; i++) {
		const char *name = set.services[i].service->name;
		size_t found = 0;

		for (size_t j = 0; j < actual.count; j++) {
			struct container *container = &actual.containers[j];

			if (labels_is_one_off(container) ||
			    strcmp(labels_service(container), name) != 0)
				continue;
			found++;
			/* A dependency that is paused goes on; what is named is refused then. */
			if (container_is_live(container) &&
			    !(container->state.status == CONTAINER_PAUSED &&
			      set.services[i].is_named)) {
				set.present[present++] = container;
				continue;
			}
			set.items[set.count].owner = set.services[i].service;
			set.items[set.count++].container = container;
		}
		if (!found && set.services[i].is_named &&
		    project_replicas(set.services[i].service) > 0)
			return error_set(err, ERROR_NOT_FOUND,
					 "service \"%s\" has no container to start: create it with "
					 "'coracle up' or 'coracle create'",
					 name);
	}
	if (wait)
		apply_wait_limit(&set, wait_timeout_ns);
	if (apply_start_set(&set, err) < 0)
		return -1;
	return wait ? apply_wait_ready(&set, err) : 0;
}

int apply_start(const struct apply *apply, bool wait, int64_t wait_timeout_ns, struct error *err)
{
	if (start(apply, wait, wait_timeout_ns, err) == 0)
		return 0;
	return interruption_of_start(apply, "started", err);
}

struct restarting {
	const struct apply *apply;
	int64_t timeout_ms;
	bool no_deps;
	struct conditions_told told;
};

/* Does @container's edge to @service say restart: true? */
static bool restarts_with(const struct apply *apply, const struct container *container,
			  const char *service)
{
	const struct service *own =
		apply->project ? project_find_any_service(apply->project, labels_service(container))
			       : NULL;

	for (size_t i = 0; own && i < own->depends_on.count; i++)
		if (strcmp(own->depends_on.items[i].service, service) == 0)
			return own->depends_on.items[i].restart == TRISTATE_TRUE;
	return !own && labels_restarts_with(container, service);
}

/* Is the one that @container depends on there again? */
static bool is_back(struct restarting *restarting, const struct executor_item *other,
		    const struct container *container)
{
	const struct container *dependency = other->container;
	bool is_healthy = dependency->state.health == HEALTH_HEALTHY;
	bool is_waiting = dependency->state.health == HEALTH_STARTING;

	if (other->state != EXECUTOR_DONE)
		return other->state == EXECUTOR_FAILED;
	if ((is_healthy || is_waiting) &&
	    restarts_with(restarting->apply, container, labels_service(dependency)))
		conditions_report(&restarting->told, dependency, CONDITION_HEALTHY, is_healthy);
	return !is_waiting;
}

/* Those that this one depends on come first. */
static int may_restart(struct executor *executor, struct executor_item *item, struct error *err)
{
	(void)err;
	for (size_t i = 0; i < executor->count; i++) {
		const struct executor_item *other = &executor->items[i];

		if (other != item &&
		    labels_depends_on(item->container, labels_service(other->container)) &&
		    !is_back(executor->data, other, item->container))
			return 0;
	}
	return 1;
}

static void announce_restart(struct executor *executor, struct executor_item *item)
{
	apply_report_container(executor->apply, APPLY_WORKING, item->container->name, "Restarting",
			       NULL);
}

static int begin_restart(struct executor *executor, struct executor_item *item, struct error *err)
{
	struct restarting *restarting = executor->data;

	return container_restart_begin(executor->apply->engine, item->container->id, NULL,
				       restarting->timeout_ms, &item->task, err);
}

static void after_restart(struct executor *executor, struct executor_item *item)
{
	bool failed = item->state == EXECUTOR_FAILED;

	apply_report_container(executor->apply, failed ? APPLY_FAILED : APPLY_DONE,
			       item->container->name, failed ? "Error" : "Started",
			       failed ? item->err.text : NULL);
}

static bool is_named(const struct apply *apply, const char *service)
{
	if (!apply->services || !apply->services[0])
		return true;
	for (char **name = apply->services; *name; name++)
		if (strcmp(*name, service) == 0)
			return true;
	return false;
}

static void add_item(struct executor *executor, struct container *container)
{
	for (size_t i = 0; i < executor->count; i++)
		if (executor->items[i].container == container)
			return;
	executor->items[executor->count++].container = container;
}

/* Those that are named, and their dependents whose edges say so, and theirs. */
static void choose_restarted(struct executor *executor, struct container **containers, size_t count)
{
	const struct restarting *restarting = executor->data;
	const struct apply *apply = restarting->apply;

	for (size_t i = 0; i < count; i++)
		if (is_named(apply, labels_service(containers[i])))
			add_item(executor, containers[i]);
	for (size_t i = 0; i < executor->count && !restarting->no_deps; i++)
		for (size_t j = 0; j < count; j++)
			if (restarts_with(apply, containers[j],
					  labels_service(executor->items[i].container)))
				add_item(executor, containers[j]);
}

int apply_restart(const struct apply *apply, bool no_deps, int64_t timeout_ns, struct error *err)
{
	auto_arena struct arena arena = {0};
	struct restarting restarting = {
		.apply = apply,
		.timeout_ms = units_milliseconds(timeout_ns),
		.no_deps = no_deps,
		.told = {.apply = apply, .arena = &arena},
	};
	struct executor executor = {
		.apply = apply,
		.hooks = EXECUTOR_PRE_STOP | EXECUTOR_POST_START,
		.ready = may_restart,
		.announce = announce_restart,
		.begin = begin_restart,
		.finished = after_restart,
		.what_failed = "cannot restart",
		.limit = apply->limit,
		.goes_on = true,
		.watches = true,
		.arena = &arena,
		.data = &restarting,
	};
	struct apply all = *apply;
	struct container **containers;
	size_t count;

	all.services = NULL;
	if (apply_choose(&all, 0, &containers, &count, &arena, err) < 0)
		return -1;
	executor.items = arena_array(&arena, count + 1, sizeof(*executor.items));
	choose_restarted(&executor, containers, count);
	if (executor.count == 0 || executor_run(&executor, err) == 0)
		return 0;
	return interruption_of_executor(&executor, "restarted", err);
}

struct killing {
	const struct apply *apply;
	const char *signal;
};

/* One that ends, or that another command removes, meanwhile is no mistake. */
static int begin_kill(struct executor *executor, struct executor_item *item, struct error *err)
{
	struct killing *killing = executor->data;
	struct error reason = {0};

	apply_report_container(killing->apply, APPLY_WORKING, item->container->name, "Killing",
			       NULL);
	item->task.fd = -1;
	if (killing->apply->dry_run ||
	    container_kill_begin(executor->apply->engine, item->container->id, killing->signal,
				 &item->task, &reason) == 0 ||
	    reason.code == ERROR_CONFLICT || reason.code == ERROR_NOT_FOUND)
		return 0;
	return error_pass(err, &reason);
}

static void after_kill(struct executor *executor, struct executor_item *item)
{
	struct killing *killing = executor->data;
	bool failed = item->state == EXECUTOR_FAILED;

	apply_report_container(killing->apply, failed ? APPLY_FAILED : APPLY_DONE,
			       item->container->name, failed ? "Error while Killing" : "Killed",
			       failed ? item->err.text : NULL);
}

int apply_kill(const struct apply *apply, const char *signal, bool remove_orphans,
	       struct error *err)
{
	auto_arena struct arena arena = {0};
	struct killing killing = {apply, signal};
	struct executor executor = {
		.apply = apply,
		.begin = begin_kill,
		.finished = after_kill,
		.limit = apply->limit,
		.arena = &arena,
		.data = &killing,
	};
	struct container **containers;
	size_t count;

	if (apply_choose(apply, remove_orphans ? APPLY_ORPHANS : 0, &containers, &count, &arena,
			 err) < 0)
		return -1;
	executor.items = arena_array(&arena, count + 1, sizeof(*executor.items));
	for (size_t i = 0; i < count; i++)
		if (container_is_live(containers[i]))
			executor.items[executor.count++].container = containers[i];
	if (!executor.count)
		log_info("No container to kill");
	return executor_run(&executor, err);
}

static int pause_one(const struct apply *apply, const struct container *container, bool paused,
		     struct error *err)
{
	apply_report_container(apply, APPLY_WORKING, container->name,
			       paused ? "Pausing" : "Unpausing", NULL);
	if (!apply->dry_run && container_pause(apply->engine, container->id, paused, err) < 0) {
		apply_report_container(apply, APPLY_FAILED, container->name, "Error", err->text);
		return -1;
	}
	apply_report_container(apply, APPLY_DONE, container->name, paused ? "Paused" : "Unpaused",
			       NULL);
	return 0;
}

/* What is as it is to be already is a failure, as it is to Docker; the others are done all the
 * same. */
int apply_pause(const struct apply *apply, bool paused, struct error *err)
{
	auto_arena struct arena arena = {0};
	struct container **containers;
	struct error reason;
	size_t count;
	int result = 0;

	if (apply_choose(apply, 0, &containers, &count, &arena, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (container_is_live(containers[i]) &&
		    pause_one(apply, containers[i], paused, &reason) < 0 && result == 0)
			result = error_pass(err, &reason);
	return result;
}
