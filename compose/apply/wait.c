/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/apply/wait.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/units.h"
#include "compose/apply/apply_private.h"
#include "compose/apply/conditions.h"
#include "compose/apply/start_set.h"
#include "engine/labels.h"

#include <poll.h>
#include <string.h>

#define GLANCE_MS 1000 /* how often to look whether a monitor was killed */

enum verdict { VERDICT_WAIT, VERDICT_HOLDS, VERDICT_FAILED };

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
	const char *output = probe && probe->output.bytes ? probe->output.bytes : "";

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
				    container_statuses[container->state.status]);
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
			container_heal(set->apply->engine, container->id);
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
		container_heal(set->apply->engine, (*one)->id);
}

int apply_wait_conditions(struct start_set *set, const struct service *service, struct error *err)
{
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
		verdict = conditions_hold(set, service, err);
		if (verdict)
			return verdict < 0 ? -1 : 0;
		if (poll(&poll_fd, 1, GLANCE_MS) == 0)
			look_after_present(set);
	}
}
