/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/apply/interruption.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "compose/apply/actual.h"
#include "compose/apply/apply_private.h"
#include "compose/apply/executor.h"
#include "compose/apply/plan.h"
#include "compose/model/project.h"
#include "engine/labels.h"

#include <errno.h>
#include <string.h>

static bool is_bare(const struct error *err)
{
	return err->code == ECANCELED && strcmp(err->text, INTERRUPTED) == 0;
}

int interruption_count(size_t done, size_t total, const char *thing, const char *state,
		       struct error *err)
{
	if (total == 1)
		return error_set(err, ECANCELED, INTERRUPTED ": the %s is %s%s", thing,
				 done ? "" : "not ", state);
	if (done == 0)
		return error_set(err, ECANCELED, INTERRUPTED ": none of %zu %ss is %s", total,
				 thing, state);
	return error_set(err, ECANCELED, INTERRUPTED ": %zu of %zu %ss %s %s", done, total, thing,
			 done == 1 ? "is" : "are", state);
}

struct tally {
	size_t there, live;
};

static struct tally count_of(const struct actual *actual, const char *service)
{
	struct tally tally = {0};

	for (size_t i = 0; i < actual->count; i++) {
		const struct container *container = &actual->containers[i];

		if (labels_is_one_off(container) || strcmp(labels_service(container), service) != 0)
			continue;
		tally.there++;
		tally.live += container_is_live(container);
	}
	return tally;
}

int interruption_of_start(const struct apply *apply, const char *state, struct error *err)
{
	auto_arena struct arena arena = {0};
	struct plan_selection selection;
	struct actual actual;
	size_t done = 0, total = 0;

	if (!is_bare(err) || !apply->project ||
	    plan_select(&selection, apply->project, apply->services, false, &arena, NULL) < 0 ||
	    actual_load(&actual, apply->engine, apply_name(apply), &arena, NULL) < 0)
		return -1;
	for (size_t i = 0; i < selection.count; i++) {
		const struct service *service = selection.services[i].service;
		struct tally tally = count_of(&actual, service->name);
		size_t wanted = (size_t)project_replicas(service);

		done += strcmp(state, "created") == 0 ? tally.there : tally.live;
		total += tally.there > wanted ? tally.there : wanted;
	}
	return interruption_count(done, total, "container", state, err);
}

int interruption_of_tasks(size_t done, size_t total, size_t left, const char *state,
			  struct error *err)
{
	struct error reason = {0};

	interruption_count(done, total, "container", state, &reason);
	return error_set(err, ECANCELED, "%s%s", reason.text,
			 left ? ", and what has begun goes on by itself" : "");
}

int interruption_of_executor(const struct executor *executor, const char *state, struct error *err)
{
	size_t done = 0, left = 0;

	if (!is_bare(err))
		return -1;
	for (size_t i = 0; i < executor->count; i++) {
		done += executor->items[i].state == EXECUTOR_DONE;
		left += executor->items[i].state == EXECUTOR_LEFT;
	}
	return interruption_of_tasks(done, executor->count, left, state, err);
}
