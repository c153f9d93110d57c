/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starts containers in the order that depends_on asks for, each as soon as its conditions hold.
 */
#include "compose/apply/apply_private.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/units.h"
#include "engine/labels.h"

#include <poll.h>
#include <string.h>

#define GLANCE_MS 1000 /* how often to look whether a monitor was killed */

enum verdict { VERDICT_WAIT, VERDICT_HOLDS, VERDICT_FAILED };

static enum verdict check_started(const struct container *container, struct error *err)
{
	(void)err;
	/* One that has come and gone was started. */
	return container_is_live(container) || container->state.started_at ? VERDICT_HOLDS
									   : VERDICT_WAIT;
}

static enum verdict check_healthy(const struct container *container, struct error *err)
{
	const struct container_state *state = &container->state;

	if (state->status == CONTAINER_EXITED || state->status == CONTAINER_DEAD) {
		error_set(err, ERROR_CONFLICT,
			  "dependency failed to start: container %s exited (%d)", container->name,
			  state->exit_code);
		return VERDICT_FAILED;
	}
	if (!container->healthcheck.test) {
		error_set(err, ERROR_INVALID,
			  "dependency failed to start: container %s has no healthcheck configured",
			  container->name);
		return VERDICT_FAILED;
	}
	if (state->health == HEALTH_UNHEALTHY) {
		error_set(err, ERROR_CONFLICT,
			  "dependency failed to start: container %s is unhealthy", container->name);
		return VERDICT_FAILED;
	}
	return state->health == HEALTH_HEALTHY ? VERDICT_HOLDS : VERDICT_WAIT;
}

static enum verdict check_completed(const struct container *container, struct error *err)
{
	const struct container_state *state = &container->state;

	if (state->status != CONTAINER_EXITED)
		return VERDICT_WAIT;
	if (state->exit_code == 0)
		return VERDICT_HOLDS;
	error_set(err, ERROR_CONFLICT, "service \"%s\" didn't complete successfully: exit %d",
		  labels_service(container), state->exit_code);
	return VERDICT_FAILED;
}

static enum verdict (*const checks[])(const struct container *container, struct error *err) = {
	[CONDITION_UNSET] = check_started,
	[CONDITION_STARTED] = check_started,
	[CONDITION_HEALTHY] = check_healthy,
	[CONDITION_COMPLETED_SUCCESSFULLY] = check_completed,
};

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
			verdict = checks[edge->condition](item->container, err);
		if (verdict == VERDICT_FAILED)
			return verdict;
	}
	for (struct container **other = set->present; other && *other && verdict == VERDICT_HOLDS;
	     other++)
		if (strcmp(labels_service(*other), edge->service) == 0)
			verdict = checks[edge->condition](*other, err);
	return verdict;
}

static int may_start(struct executor *executor, struct executor_item *item, struct error *err)
{
	struct start_set *set = executor->data;
	const struct service *service = item->owner;

	for (size_t i = 0; !set->no_deps && service && i < service->depends_on.count; i++) {
		const struct service_dependency *edge = &service->depends_on.items[i];
		enum verdict verdict = check_edge(set, edge, err);

		if (verdict == VERDICT_WAIT)
			return 0;
		if (verdict == VERDICT_FAILED && edge->required != TRISTATE_FALSE)
			return -1;
		if (verdict == VERDICT_FAILED)
			log_warning("optional %s", err->text);
		*err = (struct error){0};
	}
	return apply_pre_start_ready(set, item, err);
}

static int begin_start(struct executor *executor, struct executor_item *item, struct error *err)
{
	struct start_set *set = executor->data;

	apply_report_container(set->apply, APPLY_WORKING, item->container->name, "Starting", NULL);
	return container_start_begin(executor->engine, item->container->id, &item->task, err);
}

static void after_start(struct executor *executor, struct executor_item *item)
{
	struct start_set *set = executor->data;
	const char *name = item->container->name;

	if (item->state == EXECUTOR_DONE && !item->hook &&
	    apply_run_hooks(set->apply, item->container, true, &item->err) < 0)
		item->state = EXECUTOR_FAILED;
	if (item->state == EXECUTOR_FAILED)
		apply_report_container(set->apply, APPLY_FAILED, name, "Error", item->err.text);
	else
		apply_report_container(set->apply, APPLY_DONE, name, "Started", NULL);
}

static int run_set(struct start_set *set, struct executor *executor, struct error *err)
{
	struct error reason = {0};
	int result;

	if (apply_pre_start_add(set, err) < 0)
		return -1;
	executor->items = set->items;
	executor->count = set->count;
	result = executor_run(executor, err);
	if (apply_pre_start_finish(set, &reason) < 0 && result == 0)
		return error_pass(err, &reason);
	return result;
}

int apply_start_set(struct start_set *set, struct error *err)
{
	struct executor executor = {
		.engine = set->apply->engine,
		.ready = may_start,
		.begin = begin_start,
		.finished = after_start,
		.limit = set->apply->limit,
		.cancel_fd = set->apply->cancel_fd,
		.watches = true,
		.watched = set->present,
		.arena = set->arena,
		.data = set,
	};

	if (set->apply->dry_run) {
		for (size_t i = 0; i < set->count; i++)
			apply_report_container(set->apply, APPLY_DONE,
					       set->items[i].container->name, "Started", NULL);
		return 0;
	}
	if (run_set(set, &executor, err) < 0)
		return -1;
	for (size_t i = 0; i < set->count; i++) /* a failed post_start hook comes after the task */
		if (set->items[i].state == EXECUTOR_FAILED)
			return error_pass(err, &set->items[i].err);
	return 0;
}

/* Does another selected service wait for this one's successful end? Then that end is fine. */
static bool is_job(const struct start_set *set, const struct container *container)
{
	for (size_t i = 0; i < set->service_count; i++) {
		const struct service *service = set->services[i].service;

		for (size_t j = 0; j < service->depends_on.count; j++)
			if (service->depends_on.items[j].condition ==
				    CONDITION_COMPLETED_SUCCESSFULLY &&
			    strcmp(service->depends_on.items[j].service,
				   labels_service(container)) == 0)
				return true;
	}
	return container->config.restart.condition == RESTART_NO;
}

/* ": its last check gave 7: connection refused" */
static const char *last_probe(const struct container *container, struct arena *arena)
{
	const struct container_state *state = &container->state;
	const struct container_probe *probe =
		state->probe_count ? &state->probes[state->probe_count - 1] : NULL;
	const char *output = probe && probe->output ? probe->output : "";

	if (!probe)
		return "";
	return arena_format(arena, ": its last check gave %d%s%.*s", probe->exit_code,
			    *output ? ": " : "", (int)strcspn(output, "\n"), output);
}

/* What the container lacks that was waited for. */
static const char *describe_waiting(const struct container *container, struct arena *arena)
{
	if (container->state.status != CONTAINER_RUNNING || !container->healthcheck.test)
		return arena_format(arena, "container %s is %s", container->name,
				    container_status_name(container->state.status));
	return arena_format(arena, "container %s is not healthy yet%s", container->name,
			    last_probe(container, arena));
}

static enum verdict check_ready(const struct start_set *set, const struct container *container,
				struct error *err)
{
	const struct container_state *state = &container->state;

	if (state->status == CONTAINER_EXITED && state->exit_code == 0 && is_job(set, container))
		return VERDICT_HOLDS;
	if (state->status == CONTAINER_EXITED || state->status == CONTAINER_DEAD) {
		error_set(err, ERROR_CONFLICT, "container %s exited (%d)", container->name,
			  state->exit_code);
		return VERDICT_FAILED;
	}
	if (!container->healthcheck.test)
		return state->status == CONTAINER_RUNNING ? VERDICT_HOLDS : VERDICT_WAIT;
	if (state->health == HEALTH_UNHEALTHY) {
		error_set(err, ERROR_CONFLICT, "container %s is unhealthy%s", container->name,
			  last_probe(container, set->arena));
		return VERDICT_FAILED;
	}
	return state->health == HEALTH_HEALTHY ? VERDICT_HOLDS : VERDICT_WAIT;
}

/* All of the set: items and present ones. */
static struct container **collect(const struct start_set *set)
{
	size_t count = 0, used = 0;
	struct container **all;

	while (set->present && set->present[count])
		count++;
	all = arena_array(set->arena, set->count + count + 1, sizeof(*all));
	for (size_t i = 0; i < set->count; i++)
		if (!set->items[i].hook)
			all[used++] = set->items[i].container;
	for (size_t i = 0; i < count; i++)
		all[used++] = set->present[i];
	return all;
}

static int wait_one(struct start_set *set, struct container *container, int watch_fd,
		    int64_t deadline, struct error *err)
{
	for (;;) {
		struct pollfd poll_fd = {.fd = watch_fd, .events = POLLIN};
		int64_t left = deadline ? (deadline - units_monotonic_ns()) / MILLISECOND : -1;
		enum verdict verdict;

		container_watch_drain(watch_fd);
		if (container_refresh(set->apply->engine, container, set->arena, err) < 0)
			return -1;
		verdict = check_ready(set, container, err);
		if (verdict == VERDICT_FAILED)
			apply_report_container(set->apply, APPLY_FAILED, container->name, "Error",
					       err->text);
		if (verdict != VERDICT_WAIT)
			return verdict == VERDICT_FAILED ? -1 : 0;
		if (deadline && left <= 0)
			return error_set(err, ERROR_TIMEOUT, "timeout");
		if (left < 0 || left > GLANCE_MS)
			left = GLANCE_MS;
		if (poll(&poll_fd, 1, (int)left) == 0)
			container_look_after(set->apply->engine, container->id);
	}
}

int apply_wait_ready(struct start_set *set, int64_t timeout_ns, struct error *err)
{
	struct container **all = collect(set);
	auto_close int watch_fd = container_watch_new(err);
	int64_t deadline = timeout_ns > 0 ? units_monotonic_ns() + timeout_ns : 0;

	if (watch_fd < 0)
		return -1;
	for (struct container **one = all; *one; one++) {
		container_watch_add(set->apply->engine, watch_fd, (*one)->id, NULL);
		apply_report_container(set->apply, APPLY_WORKING, (*one)->name, "Waiting", NULL);
	}
	for (struct container **one = all; *one; one++) {
		if (wait_one(set, *one, watch_fd, deadline, err) < 0) {
			char text[32];

			if (err->code == ERROR_TIMEOUT)
				error_set(err, ERROR_TIMEOUT,
					  "application not healthy after %s: %s",
					  units_format_duration(text, sizeof(text), timeout_ns),
					  describe_waiting(*one, set->arena));
			return -1;
		}
		apply_report_container(set->apply, APPLY_DONE, (*one)->name,
				       (*one)->healthcheck.test ? "Healthy" : "Running", NULL);
	}
	return 0;
}

static void refresh_present(struct start_set *set)
{
	for (struct container **one = set->present; *one; one++)
		container_refresh(set->apply->engine, *one, set->arena, NULL);
}

static void look_after_present(struct start_set *set)
{
	for (struct container **one = set->present; *one; one++)
		container_look_after(set->apply->engine, (*one)->id);
}

int apply_wait_conditions(struct start_set *set, const struct service *service, struct error *err)
{
	struct executor executor = {.data = set};
	struct executor_item item = {.owner = service};
	auto_close int watch_fd = container_watch_new(err);

	if (watch_fd < 0)
		return -1;
	for (struct container **one = set->present; *one; one++)
		container_watch_add(set->apply->engine, watch_fd, (*one)->id, NULL);
	for (;;) {
		struct pollfd poll_fd = {.fd = watch_fd, .events = POLLIN};
		int verdict;

		container_watch_drain(watch_fd);
		refresh_present(set);
		verdict = may_start(&executor, &item, err);
		if (verdict)
			return verdict < 0 ? -1 : 0;
		if (poll(&poll_fd, 1, GLANCE_MS) == 0)
			look_after_present(set);
	}
}
