/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/apply/starter.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "compose/apply/apply_private.h"
#include "compose/apply/conditions.h"
#include "compose/apply/containers.h"
#include "compose/apply/executor.h"
#include "compose/apply/pre_start.h"
#include "compose/apply/start_set.h"
#include "compose/apply/wait.h"

#include <errno.h>
#include <string.h>

/* Whose turn has not come: what it waits for, if that is known. */
static void report_pending(const struct start_set *set, struct executor_item *item,
			   const char *awaited)
{
	const struct container *container = item->container;
	const char *action = container->state.started_at ? "Stopped" : "Created";

	item->awaited = awaited;
	if (!item->hook)
		apply_report_container(set->apply, APPLY_PENDING, container->name, action,
				       awaited ? arena_format(set->arena, "waits for %s", awaited)
					       : NULL);
}

static int may_start(struct executor *executor, struct executor_item *item, struct error *err)
{
	struct start_set *set = executor->data;
	const struct service *service = item->owner;
	const char *awaited = "pre_start";
	int ready = set->no_deps || !service ? 1 : conditions_hold(set, service, err);

	if (ready == 0)
		awaited = set->awaited;
	if (ready > 0)
		ready = apply_pre_start_ready(set, item, err);
	if (ready == 0 && awaited != item->awaited)
		report_pending(set, item, awaited);
	return ready;
}

static void announce_start(struct executor *executor, struct executor_item *item)
{
	apply_report_container(executor->apply, APPLY_WORKING, item->container->name, "Starting",
			       NULL);
}

static int begin_start(struct executor *executor, struct executor_item *item, struct error *err)
{
	return container_start_begin(executor->apply->engine, item->container->id, &item->task,
				     err);
}

/* Has another one failed for the same reason? Who it was stands before the reason by now. */
static bool is_known(const struct start_set *set, const struct executor_item *item)
{
	size_t length = strlen(item->err.text);

	for (size_t i = 0; i < set->count; i++) {
		const struct executor_item *other = &set->items[i];
		size_t other_length = strlen(other->err.text);

		if (other != item && other->state == EXECUTOR_FAILED && other_length >= length &&
		    strcmp(other->err.text + other_length - length, item->err.text) == 0)
			return true;
	}
	return false;
}

static void after_start(struct executor *executor, struct executor_item *item)
{
	struct start_set *set = executor->data;
	const char *name = item->container->name;

	if (item->state == EXECUTOR_FAILED && item->err.code == ECANCELED)
		apply_report_container(set->apply, APPLY_SKIPPED, name, "Interrupted", NULL);
	else if (item->state == EXECUTOR_FAILED)
		apply_report_container(set->apply, APPLY_FAILED, name, "Error",
				       is_known(set, item) ? NULL : item->err.text);
	else
		apply_report_container(set->apply, APPLY_DONE, name, "Started", NULL);
}

static int run_set(struct start_set *set, struct executor *executor, struct error *err)
{
	struct error reason = {0};
	int result;

	if (apply_pre_start_add(set, err) < 0)
		return -1;
	for (size_t i = 0; i < set->count; i++)
		report_pending(set, &set->items[i], NULL);
	executor->items = set->items;
	executor->count = set->count;
	log_gather();
	result = executor_run(executor, err);
	log_gather_end("service");
	if (result < 0 && err->code == ERROR_TIMEOUT && set->deadline_ns)
		apply_wait_timed_out(set, err);
	if (apply_pre_start_finish(set, &reason) < 0 && result == 0)
		return error_pass(err, &reason);
	return result;
}

/* Who is to run is not left paused: nobody would see why nothing happens. */
static int resume_present(const struct start_set *set, struct error *err)
{
	for (struct container **one = set->present; one && *one; one++)
		if (apply_resume_container(set->apply, *one, set->arena, err) < 0)
			return -1;
	return 0;
}

int apply_start_set(struct start_set *set, struct error *err)
{
	struct executor executor = {
		.apply = set->apply,
		.hooks = EXECUTOR_POST_START,
		.ready = may_start,
		.announce = announce_start,
		.begin = begin_start,
		.finished = after_start,
		.what_failed = "cannot start",
		.limit = set->apply->limit,
		.deadline_ns = set->deadline_ns,
		.watches = true,
		.watched = set->present,
		.arena = set->arena,
		.data = set,
	};

	conditions_begin(set);
	if (resume_present(set, err) < 0)
		return -1;
	if (set->apply->dry_run) {
		for (size_t i = 0; i < set->count; i++)
			apply_report_container(set->apply, APPLY_DONE,
					       set->items[i].container->name, "Started", NULL);
		return 0;
	}
	return run_set(set, &executor, err);
}
