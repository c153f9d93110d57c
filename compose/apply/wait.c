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

#include <errno.h>
#include <poll.h>
#include <string.h>

#define GLANCE_MS  1000 /* how often to look whether a monitor was killed */
#define SETTLE_MS  1000 /* what fails at once has ended by then */
#define ENDS_LIMIT 3	/* restarts after which a container counts as failed */

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
	return !set->settles && container->config.restart.condition == RESTART_NO;
}

/* What the container lacks that was waited for. */
static const char *describe_waiting(const struct container *container, struct arena *arena)
{
	if (container->state.status != CONTAINER_RUNNING || !container->healthcheck.test)
		return arena_format(arena, "container %s is %s", container->name,
				    container_statuses[container->state.status]);
	return arena_format(arena, "container %s is not healthy yet%s", container->name,
			    conditions_last_probe(container, arena));
}

/* How long it has to run on before its start counts. */
static int64_t settle_left_ms(const struct start_set *set, const struct container *container)
{
	return set->settles ? conditions_settle_ms(container, SETTLE_MS) : 0;
}

static enum verdict has_failed(struct error *err, const struct container *container,
			       const char *how)
{
	error_set(err, ERROR_CONFLICT, "container %s %s", container->name, how);
	return VERDICT_FAILED;
}

static enum verdict check_running(const struct start_set *set, const struct container *container,
				  struct error *err)
{
	const struct container_state *state = &container->state;

	if (state->status == CONTAINER_PAUSED)
		return has_failed(err, container, "is paused");
	if (state->status == CONTAINER_EXITED && state->exit_code == 0 && is_job(set, container))
		return VERDICT_HOLDS;
	if (state->status == CONTAINER_EXITED || state->status == CONTAINER_DEAD)
		return has_failed(err, container,
				  arena_format(set->arena, "exited (%d)", state->exit_code));
	if (state->status == CONTAINER_RESTARTING && state->restart_count >= ENDS_LIMIT)
		return has_failed(err, container,
				  arena_format(set->arena, "exited (%d), again after %d restarts",
					       state->exit_code, state->restart_count));
	return state->status == CONTAINER_RUNNING ? VERDICT_HOLDS : VERDICT_WAIT;
}

static enum verdict check_ready(const struct start_set *set, const struct container *container,
				struct error *err)
{
	const struct container_state *state = &container->state;
	enum verdict verdict = check_running(set, container, err);

	if (verdict != VERDICT_HOLDS || state->status != CONTAINER_RUNNING)
		return verdict;
	if (!container->healthcheck.test)
		return settle_left_ms(set, container) ? VERDICT_WAIT : VERDICT_HOLDS;
	if (state->health == HEALTH_UNHEALTHY)
		return has_failed(err, container,
				  arena_format(set->arena, "is unhealthy%s",
					       conditions_last_probe(container, set->arena)));
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

static int set_timeout(const struct start_set *set, const char *why, struct error *err)
{
	char text[32];

	return error_set(err, ERROR_TIMEOUT, "application not healthy after %s: %s",
			 units_format_duration(text, sizeof(text), set->wait_timeout_ns), why);
}

int apply_wait_timed_out(const struct start_set *set, struct error *err)
{
	struct container **all = collect(set);

	for (struct container **one = all; *one; one++)
		if ((*one)->state.status != CONTAINER_CREATED &&
		    check_ready(set, *one, err) == VERDICT_WAIT)
			return set_timeout(set, describe_waiting(*one, set->arena), err);
	for (size_t i = 0; i < set->count; i++)
		if (set->items[i].state == EXECUTOR_PENDING)
			return set_timeout(set,
					   arena_format(set->arena,
							"container %s still waits for what it "
							"depends on",
							set->items[i].container->name),
					   err);
	return set_timeout(set, "not all containers have started", err);
}

static enum verdict look(struct start_set *set, struct container *container, struct error *err)
{
	enum verdict verdict;

	if (container_refresh(set->apply->engine, container, set->arena, err) < 0)
		return VERDICT_FAILED;
	verdict = check_ready(set, container, err);
	if (verdict == VERDICT_FAILED)
		apply_report_container(set->apply, APPLY_FAILED, container->name, "Error",
				       err->text);
	return verdict;
}

static int64_t next_look_ms(const struct start_set *set, const struct container *container)
{
	int64_t left = settle_left_ms(set, container), until = INT64_MAX;

	if (!left || left > GLANCE_MS)
		left = GLANCE_MS;
	if (set->deadline_ns)
		until = (set->deadline_ns - units_monotonic_ns()) / MILLISECOND;
	return until < left ? until : left;
}

static int wait_one(struct start_set *set, struct container *container, int watch_fd,
		    struct error *err)
{
	for (;;) {
		struct pollfd poll_fd = {.fd = watch_fd, .events = POLLIN};
		enum verdict verdict;
		int64_t left;

		container_watch_drain(watch_fd);
		if (apply_check_cancelled(set->apply, err) < 0)
			return -1;
		verdict = look(set, container, err);
		if (verdict != VERDICT_WAIT)
			return verdict == VERDICT_FAILED ? -1 : 0;
		left = next_look_ms(set, container);
		if (left <= 0)
			return set_timeout(set, describe_waiting(container, set->arena), err);
		if (apply_poll(set->apply, &poll_fd, 1, (int)left) == 0)
			container_heal(set->apply->engine, container->id);
	}
}

static void report_ready(const struct start_set *set, const struct container *container)
{
	const char *word = container->state.status == CONTAINER_EXITED ? "Exited"
			   : container->healthcheck.test	       ? "Healthy"
								       : "Running";

	apply_report_container(set->apply, APPLY_DONE, container->name, word, NULL);
}

/* One after the other, and at the end all once more: the first may have ended meanwhile. */
static int wait_all(struct start_set *set, struct container **all, int watch_fd, struct error *err)
{
	enum verdict verdict = VERDICT_WAIT;

	for (bool is_first = true; verdict == VERDICT_WAIT; is_first = false) {
		for (struct container **one = all; *one; one++) {
			if (wait_one(set, *one, watch_fd, err) < 0)
				return -1;
			if (is_first)
				report_ready(set, *one);
		}
		verdict = VERDICT_HOLDS;
		for (struct container **one = all; *one && verdict == VERDICT_HOLDS; one++)
			verdict = look(set, *one, err);
	}
	return verdict == VERDICT_FAILED ? -1 : 0;
}

/* The first one was reported; the others get their moment, and what ended is reported, too. */
static void report_failures(struct start_set *set, struct container **all,
			    const struct error *first)
{
	int64_t left = 0;

	for (struct container **one = all; *one; one++) {
		int64_t own = settle_left_ms(set, *one);

		left = own > left ? own : left;
	}
	apply_poll(set->apply, NULL, 0, (int)left);
	for (struct container **one = all; *one; one++) {
		struct error reason = {0};

		container_refresh(set->apply->engine, *one, set->arena, NULL);
		if (check_ready(set, *one, &reason) == VERDICT_FAILED &&
		    strcmp(reason.text, first->text) != 0)
			apply_report_container(set->apply, APPLY_FAILED, (*one)->name, "Error",
					       reason.text);
	}
}

void apply_wait_limit(struct start_set *set, int64_t timeout_ns)
{
	set->wait_timeout_ns = timeout_ns;
	set->deadline_ns = timeout_ns > 0 ? units_monotonic_ns() + timeout_ns : 0;
}

int apply_wait_ready(struct start_set *set, struct error *err)
{
	struct container **all = collect(set);
	auto_close int watch_fd = container_watch_new(err);

	if (watch_fd < 0)
		return -1;
	for (struct container **one = all; *one; one++) {
		container_watch_add(set->apply->engine, watch_fd, (*one)->id, NULL);
		apply_report_container(set->apply, APPLY_WORKING, (*one)->name, "Waiting", NULL);
	}
	if (wait_all(set, all, watch_fd, err) < 0) {
		if (err->code != ECANCELED)
			report_failures(set, all, err);
		return -1;
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
	conditions_begin(set);
	for (struct container **one = set->present; *one; one++)
		container_watch_add(set->apply->engine, watch_fd, (*one)->id, NULL);
	for (;;) {
		struct pollfd poll_fd = {.fd = watch_fd, .events = POLLIN};
		int verdict;

		container_watch_drain(watch_fd);
		if (apply_check_cancelled(set->apply, err) < 0)
			return -1;
		refresh_present(set);
		verdict = conditions_hold(set, service, err);
		if (verdict)
			return verdict < 0 ? -1 : 0;
		if (apply_poll(set->apply, &poll_fd, 1, GLANCE_MS) == 0)
			look_after_present(set);
	}
}
