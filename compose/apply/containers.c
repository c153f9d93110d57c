/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/apply/containers.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/strvec.h"
#include "compose/apply/apply_private.h"
#include "compose/apply/executor.h"
#include "compose/apply/interruption.h"
#include "engine/labels.h"

#include <string.h>

struct stopping {
	const struct apply *apply;
	const struct stop_options *options;
};

/* An item waits for those whose service depends on its own. */
static int may_stop(struct executor *executor, struct executor_item *item, struct error *err)
{
	const char *service = labels_service(item->container);

	(void)err;
	for (size_t i = 0; i < executor->count; i++) {
		const struct executor_item *other = &executor->items[i];

		if (other != item && other->state < EXECUTOR_DONE &&
		    strcmp(labels_service(other->container), service) != 0 &&
		    labels_depends_on(other->container, service))
			return 0;
	}
	return 1;
}

static void announce_stop(struct executor *executor, struct executor_item *item)
{
	apply_report_container(executor->apply, APPLY_WORKING, item->container->name, "Stopping",
			       NULL);
}

static int begin_stop(struct executor *executor, struct executor_item *item, struct error *err)
{
	struct stopping *stopping = executor->data;
	const struct container *container = item->container;

	if (stopping->options->is_for_removal)
		return container_stop_for_removal_begin(executor->apply->engine, container->id,
							stopping->options->timeout_ms, &item->task,
							err);
	return container_stop_begin(executor->apply->engine, container->id, NULL,
				    stopping->options->timeout_ms, &item->task, err);
}

static void after_stop(struct executor *executor, struct executor_item *item)
{
	struct error why = item->err;

	if (item->state == EXECUTOR_FAILED && item->step == EXECUTOR_PRE_STOP)
		error_set(&item->err, why.code, "%s ('coracle kill %s' ends it without)", why.text,
			  labels_service(item->container));
	if (item->state == EXECUTOR_FAILED)
		apply_report_container(executor->apply, APPLY_FAILED, item->container->name,
				       "Error while Stopping", item->err.text);
	else
		apply_report_container(executor->apply, APPLY_DONE, item->container->name,
				       "Stopped", NULL);
}

int apply_resume_container(const struct apply *apply, struct container *container,
			   struct arena *arena, struct error *err)
{
	if (container->state.status != CONTAINER_PAUSED)
		return 0;
	apply_report_container(apply, APPLY_WORKING, container->name, "Unpausing", NULL);
	if (!apply->dry_run && (container_pause(apply->engine, container->id, false, err) < 0 ||
				container_refresh(apply->engine, container, arena, err) < 0)) {
		apply_report_container(apply, APPLY_FAILED, container->name, "Error", err->text);
		return -1;
	}
	apply_report_container(apply, APPLY_DONE, container->name, "Unpaused", NULL);
	return 0;
}

int apply_remove_containers(const struct apply *apply, struct container **containers, size_t count,
			    unsigned flags, struct error *err)
{
	auto_strvec struct strvec ids = {0};

	for (size_t i = 0; i < count; i++) {
		apply_report_container(apply, APPLY_WORKING, containers[i]->name, "Removing", NULL);
		strvec_add(&ids, containers[i]->id);
	}
	if (!apply->dry_run && count &&
	    container_remove_many(apply->engine, ids.items, count, flags, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		apply_report_container(apply, APPLY_DONE, containers[i]->name, "Removed", NULL);
	return 0;
}

int apply_stop_containers(const struct apply *apply, struct container **containers, size_t count,
			  const struct stop_options *options, struct arena *arena,
			  struct error *err)
{
	struct stopping stopping = {apply, options};
	struct executor executor = {
		.apply = apply,
		.items = arena_array(arena, count + 1, sizeof(struct executor_item)),
		.limit = apply->limit ? apply->limit : 1000,
		.goes_on = true,
		.hooks = options->has_begun ? 0 : EXECUTOR_PRE_STOP,
		.ready = may_stop,
		.announce = announce_stop,
		.begin = begin_stop,
		.finished = after_stop,
		.arena = arena,
		.data = &stopping,
	};

	for (size_t i = 0; i < count; i++)
		if (container_is_live(containers[i]) ||
		    container_is_between(apply->engine, containers[i]))
			executor.items[executor.count++].container = containers[i];
		else if (options->tells_ended)
			apply_report_container(apply, APPLY_DONE, containers[i]->name, "Stopped",
					       NULL);
	if (apply->dry_run)
		for (size_t i = 0; i < executor.count; i++)
			apply_report_container(apply, APPLY_DONE, executor.items[i].container->name,
					       "Stopped", NULL);
	else if (executor.count && executor_run(&executor, err) < 0)
		return interruption_of_executor(&executor, "stopped", err);
	return 0;
}

int apply_finish_stops(const struct apply *apply, struct container *containers, size_t count,
		       struct arena *arena, struct error *err)
{
	const struct stop_options options = {.timeout_ms = -1, .has_begun = true};
	struct container **stopping = arena_array(arena, count + 1, sizeof(*stopping));
	size_t used = 0;

	for (size_t i = 0; i < count && !apply->dry_run; i++)
		if (containers[i].state.is_stopping && container_is_live(&containers[i]))
			stopping[used++] = &containers[i];
	return apply_stop_containers(apply, stopping, used, &options, arena, err);
}
