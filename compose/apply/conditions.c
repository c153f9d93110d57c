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

void conditions_report(const struct apply *apply, struct conditions_told *told,
		       const struct container *container, enum service_condition condition,
		       struct arena *arena)
{
	static const char *const words[] = {
		[CONDITION_HEALTHY] = "Healthy",
		[CONDITION_COMPLETED_SUCCESSFULLY] = "Exited",
	};

	for (size_t i = 0; i < told->count; i++)
		if (told->items[i] == container)
			return;
	if (!words[condition])
		return;
	told->items = arena_grow(arena, told->items, told->count, sizeof(*told->items));
	told->items[told->count++] = container;
	apply_report_container(apply, APPLY_DONE, container->name, words[condition], NULL);
}

static enum verdict check_one(struct start_set *set, const struct service_dependency *edge,
			      const struct container *container, struct error *err)
{
	enum verdict verdict = checks[edge->condition](container, set->arena, err);

	if (verdict == VERDICT_HOLDS)
		conditions_report(set->apply, &set->told, container, edge->condition, set->arena);
	return verdict;
}

/* One dependency over all its containers, items or present ones. */
static enum verdict check_edge(struct start_set *set, const struct service_dependency *edge,
			       struct error *err)
{
	enum verdict verdict = VERDICT_HOLDS;

	for (size_t i = 0; i < set->count; i++) {
		const struct executor_item *item = &set->items[i];

		if (item->hook || strcmp(labels_service(item->container), edge->service) != 0)
			continue;
		if (item->state == EXECUTOR_FAILED) {
			error_set(err, ERROR_CONFLICT, "dependency failed to start: %s",
				  item->err.text);
			return VERDICT_FAILED;
		}
		if (item->state != EXECUTOR_DONE)
			verdict = VERDICT_WAIT;
		else if (verdict == VERDICT_HOLDS)
			verdict = check_one(set, edge, item->container, err);
		if (verdict == VERDICT_FAILED)
			return verdict;
	}
	for (struct container **other = set->present; other && *other && verdict == VERDICT_HOLDS;
	     other++)
		if (strcmp(labels_service(*other), edge->service) == 0)
			verdict = check_one(set, edge, *other, err);
	return verdict;
}

int conditions_hold(struct start_set *set, const struct service *service, struct error *err)
{
	for (size_t i = 0; i < service->depends_on.count; i++) {
		const struct service_dependency *edge = &service->depends_on.items[i];
		enum verdict verdict = check_edge(set, edge, err);

		if (verdict == VERDICT_WAIT)
			return 0;
		if (verdict == VERDICT_FAILED && edge->required != TRISTATE_FALSE)
			return -1;
		if (verdict == VERDICT_FAILED)
			log_warning("optional dependency \"%s\" failed to start: %s", edge->service,
				    err->text);
		*err = (struct error){0};
	}
	return 1;
}
