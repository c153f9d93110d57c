/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/apply/conditions.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "base/units.h"
#include "compose/apply/apply_private.h"
#include "compose/apply/executor.h"
#include "compose/apply/start_set.h"
#include "engine/labels.h"

#include <string.h>

#define SETTLE_MS 500 /* what fails at once has ended by then: that says more of it */

enum verdict { VERDICT_WAIT, VERDICT_HOLDS, VERDICT_FAILED };

int64_t conditions_settle_ms(const struct container *container, int64_t settle_ms)
{
	struct timespec started, now = units_now();
	int64_t age_ms;

	if (!container->state.started_at ||
	    units_parse_time(&started, container->state.started_at, NULL) < 0)
		return 0;
	age_ms = (now.tv_sec - started.tv_sec) * 1000 +
		 (now.tv_nsec - started.tv_nsec) / MILLISECOND;
	return age_ms >= 0 && age_ms < settle_ms ? settle_ms - age_ms : 0;
}

const char *conditions_last_probe(const struct container *container, struct arena *arena)
{
	const struct container_state *state = &container->state;
	const struct container_probe *probe =
		state->probe_count ? &state->probes[state->probe_count - 1] : NULL;
	const char *output = probe && probe->output.bytes ? probe->output.bytes : "";

	if (!probe)
		return "";
	return arena_format(arena, ": its last check gave %d%s%.*s", probe->exit_code,
			    *output ? ": " : "", (int)strcspn(output, "\n"), output);
}

static enum verdict check_started(const struct container *container, struct arena *arena,
				  struct error *err)
{
	(void)arena;
	(void)err;
	/* One that has come and gone was started. */
	return container_is_live(container) || container->state.started_at ? VERDICT_HOLDS
									   : VERDICT_WAIT;
}

static enum verdict check_healthy(const struct container *container, struct arena *arena,
				  struct error *err)
{
	const struct container_state *state = &container->state;

	if (state->status == CONTAINER_EXITED || state->status == CONTAINER_DEAD) {
		error_set(err, ERROR_CONFLICT,
			  "dependency failed to start: container %s exited (%d)", container->name,
			  state->exit_code);
		return VERDICT_FAILED;
	}
	if (!container->healthcheck.test && conditions_settle_ms(container, SETTLE_MS) > 0)
		return VERDICT_WAIT;
	if (!container->healthcheck.test) {
		error_set(err, ERROR_INVALID,
			  "dependency failed to start: container %s has no healthcheck configured",
			  container->name);
		return VERDICT_FAILED;
	}
	if (state->health == HEALTH_UNHEALTHY) {
		error_set(err, ERROR_CONFLICT,
			  "dependency failed to start: container %s is unhealthy%s",
			  container->name, conditions_last_probe(container, arena));
		return VERDICT_FAILED;
	}
	return state->health == HEALTH_HEALTHY ? VERDICT_HOLDS : VERDICT_WAIT;
}

static enum verdict check_completed(const struct container *container, struct arena *arena,
				    struct error *err)
{
	const struct container_state *state = &container->state;

	(void)arena;
	if (state->status != CONTAINER_EXITED)
		return VERDICT_WAIT;
	if (state->exit_code == 0)
		return VERDICT_HOLDS;
	error_set(err, ERROR_CONFLICT,
		  "service \"%s\" didn't complete successfully: exit %d; see 'coracle logs %s'",
		  labels_service(container), state->exit_code, labels_service(container));
	return VERDICT_FAILED;
}

static enum verdict (*const checks[])(const struct container *container, struct arena *arena,
				      struct error *err) = {
	[CONDITION_UNSET] = check_started,
	[CONDITION_STARTED] = check_started,
	[CONDITION_HEALTHY] = check_healthy,
	[CONDITION_COMPLETED_SUCCESSFULLY] = check_completed,
};

static struct conditions_told_row *find_row(struct conditions_told *told,
					    const struct container *container)
{
	for (size_t i = 0; i < told->count; i++)
		if (told->items[i].container == container)
			return &told->items[i];
	told->items = arena_grow(told->arena, told->items, told->count, sizeof(*told->items));
	told->items[told->count] = (struct conditions_told_row){.container = container};
	return &told->items[told->count++];
}

void conditions_report(struct conditions_told *told, const struct container *container,
		       enum service_condition condition, bool holds)
{
	static const char *const words[] = {
		[CONDITION_HEALTHY] = "Healthy",
		[CONDITION_COMPLETED_SUCCESSFULLY] = "Exited",
	};
	struct conditions_told_row *row;

	if (!words[condition])
		return;
	row = find_row(told, container);
	if (!row->is_waited_for)
		apply_report_container(told->apply, APPLY_WORKING, container->name, "Waiting",
				       NULL);
	row->is_waited_for = true;
	if (holds && !row->is_over)
		apply_report_container(told->apply, APPLY_DONE, container->name, words[condition],
				       NULL);
	row->is_over = row->is_over || holds;
}

static bool is_first_failure(struct conditions_told *told, const struct container *container)
{
	struct conditions_told_row *row = find_row(told, container);
	bool is_first = !row->is_over;

	row->is_over = true;
	return is_first;
}

void conditions_report_error(struct conditions_told *told, const struct container *container,
			     const char *why)
{
	if (is_first_failure(told, container))
		apply_report_container(told->apply, APPLY_FAILED, container->name, "Error", why);
}

/* Once for each container. What depends on it says the whole reason. */
static void report_failure(struct conditions_told *told, const struct service_dependency *edge,
			   const struct container *container, const struct error *err)
{
	bool is_end = edge->condition == CONDITION_COMPLETED_SUCCESSFULLY;
	const char *what =
		is_end ? arena_format(told->arena, "\"%s\" didn't complete successfully: exit %d",
				      edge->service, container->state.exit_code)
		       : arena_format(told->arena, "\"%s\" failed to start", edge->service);

	if (edge->required != TRISTATE_FALSE) {
		conditions_report_error(told, container,
					arena_format(told->arena, "%s %s",
						     is_end ? "service" : "dependency", what));
		return;
	}
	if (!is_first_failure(told, container))
		return;
	log_warning("optional dependency %s: %s", what, err->text);
	apply_report_container(told->apply, APPLY_SKIPPED, container->name,
			       arena_format(told->arena, "Skipped: optional dependency %s", what),
			       NULL);
}

static enum verdict check_one(struct start_set *set, const struct service_dependency *edge,
			      const struct container *container, struct error *err)
{
	enum verdict verdict = checks[edge->condition](container, set->arena, err);

	if (verdict == VERDICT_FAILED)
		report_failure(&set->told, edge, container, err);
	else
		conditions_report(&set->told, container, edge->condition, verdict == VERDICT_HOLDS);
	return verdict;
}

static enum verdict check_item(struct start_set *set, const struct service_dependency *edge,
			       const struct executor_item *item, struct error *err)
{
	if (item->state == EXECUTOR_DONE)
		return check_one(set, edge, item->container, err);
	if (item->state != EXECUTOR_FAILED)
		return VERDICT_WAIT;
	error_set(err, ERROR_CONFLICT, "dependency failed to start: %s", item->err.text);
	if (edge->required == TRISTATE_FALSE && is_first_failure(&set->told, item->container))
		log_warning("optional dependency \"%s\" failed to start: %s", edge->service,
			    item->err.text);
	return VERDICT_FAILED;
}

/* One dependency over all its containers, items or present ones. */
static enum verdict check_edge(struct start_set *set, const struct service_dependency *edge,
			       struct error *err)
{
	enum verdict all = VERDICT_HOLDS, verdict;

	for (size_t i = 0; i < set->count; i++) {
		if (set->items[i].hook ||
		    strcmp(labels_service(set->items[i].container), edge->service) != 0)
			continue;
		verdict = check_item(set, edge, &set->items[i], err);
		if (verdict == VERDICT_FAILED)
			return verdict;
		all = verdict == VERDICT_WAIT ? verdict : all;
	}
	for (struct container **other = set->present; other && *other; other++) {
		if (strcmp(labels_service(*other), edge->service) != 0)
			continue;
		verdict = check_one(set, edge, *other, err);
		if (verdict == VERDICT_FAILED)
			return verdict;
		all = verdict == VERDICT_WAIT ? verdict : all;
	}
	return all;
}

void conditions_begin(struct start_set *set)
{
	set->told = (struct conditions_told){.apply = set->apply, .arena = set->arena};
}

int conditions_hold(struct start_set *set, const struct service *service, struct error *err)
{
	set->awaited = NULL;
	for (size_t i = 0; i < service->depends_on.count; i++) {
		const struct service_dependency *edge = &service->depends_on.items[i];
		enum verdict verdict = check_edge(set, edge, err);

		if (verdict == VERDICT_FAILED && edge->required != TRISTATE_FALSE)
			return -1;
		if (verdict == VERDICT_WAIT && !set->awaited)
			set->awaited = edge->service;
		*err = (struct error){0};
	}
	return set->awaited ? 0 : 1;
}
